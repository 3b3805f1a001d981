#pragma once

#include <cstdint>

#include "kernels/lanes/simd.hpp"
#include "kernels/walk/chain_arrays.hpp"
#include "kernels/walk/walk.hpp"

// What one thread of the CPU engine is asked to do. It names nothing of the standard library's: the
// files compiled for AVX2 and AVX-512 include it, and an inline function that such a file compiles
// may be the copy that the linker keeps for every CPU.
namespace wend {

/// A range of chains; empty if begin == end.
struct ChainBlock {
  std::uint64_t begin;
  std::uint64_t end;
};

/// Most chains that a thread has in flight.
constexpr std::uint32_t kMaxLanes = 256;

struct CpuJob {
  kernels::ChainArrays chains;
  kernels::RunLimits limits;
  std::uint32_t* records;
  std::uint32_t* paths;              ///< scratch of the (path_words() | 1) x kMaxLanes words
  bool prefetch;                     ///< the table is beyond the caches: ask for entries in advance
  std::uint64_t lane_limit;          ///< chains that this thread should have in flight at most
  void* source;                      ///< of the two calls below
  ChainBlock (*next)(void* source);  ///< chains for this thread, each once; empty when none is left
  bool (*stopped)(void* source);
  /// Takes one chain on by kernels::advance_chain until its step is a multiple of four or it has
  /// its samples; returns the expansions.
  std::uint64_t (*align)(const void* view, const kernels::ChainArrays& chains, std::uint64_t chain,
                         const kernels::RunLimits& limits, std::uint32_t* records);
};

/// Takes the chains of a job to their goals, several at a time, until `stopped`, in the lanes of a
/// width (lanes.cpp). Returns the expansions that the oracle has answered, counted apart from the
/// chains' own counters.
template <kernels::Simd kSimd, class View>
std::uint64_t advance_lanes(const View& view, kernels::Walk walk, const CpuJob& job);

}  // namespace wend
