#pragma once

#include <cstdint>
#include <memory>

#include "wend/algorithm.hpp"
#include "wend/chain_columns.hpp"
#include "wend/chain_state.hpp"

struct CUstream_st;  // CUDA's; cudaStream_t is a pointer to it

namespace wend {

class Instance;

/// For programs that live on the GPU themselves: samples that stay in device memory, drawn on the
/// caller's stream. `wend::sample` with Backend::kCuda is for everybody else.
namespace cuda {

/// cudaStream_t, without CUDA's headers.
using Stream = ::CUstream_st*;

struct WalkOptions {
  Algorithm algorithm = Algorithm::kLifted;
  Correction correction = Correction::kReject;  ///< sequential only
  std::uint64_t chains = 65536;                 ///< >= 1; an H100 wants 65,536 or more
  std::uint32_t first_visits = 0;  ///< K, >= 1: see proven_visits in wend/bounds.hpp; sequential
                                   ///< needs none
  std::uint32_t thin = 1;          ///< visits from one sample to the next, >= 1
  std::uint64_t round_size = 1;    ///< samples of each chain that a round draws, >= 1
  std::uint64_t seed = 0;
  std::uint64_t first_chain = 0;  ///< number of chain 0 in the random streams: runs that take
                                  ///< disjoint ranges of one seed make up one larger run
  std::uint64_t steps_per_launch = 1U << 16U;  ///< most that one launch takes a chain on; >= 1
};

template <class T>
using DeviceColumn = const T*;

/// The chains' state in device memory: columns of one element a chain, and `path` of
/// path_words x chains, word after word.
struct DeviceState : ChainColumns<DeviceColumn> {
  const std::uint32_t* path;
};

/// Chains that walk on the GPU that is current when this is made, on streams that the caller names.
/// A sample depends on (instance, algorithm, seed, number of the chain, first_visits, thin) alone,
/// and is the one that the CPU draws.
///
/// A round draws round_size samples a chain: call advance_async until *unfinished() is 0, then
/// decode_async where symbols are wanted, then next_round. The calls named _async return at once,
/// launch on their stream alone, allocate nothing and can be captured in a graph; calls for one
/// Walk on several streams need the caller's events between them. Not safe for calls from several
/// threads at once.
class Walk {
 public:
  /// Compiles the instance for the algorithm, copies its tables to the GPU and puts the chains at
  /// the root; waits for `stream`, which must outlive this object. Every method throws
  /// Error(kRuntime) if CUDA fails; this one also Error(kUsage) for options out of range and where
  /// there is no device.
  Walk(const Instance& instance, const WalkOptions& options, Stream stream);
  Walk(Walk&&) noexcept;
  Walk& operator=(Walk&&) noexcept;
  Walk(const Walk&) = delete;
  Walk& operator=(const Walk&) = delete;
  /// Frees in the order of the constructor's stream.
  ~Walk();

  /// One launch: takes every chain that is short of its samples of this round on, by about
  /// steps_per_launch steps at most.
  void advance_async(Stream stream);
  /// Fills symbols() from this round's samples.
  void decode_async(Stream stream);
  /// Makes later launches draw the next round, over this one's samples. To be called once
  /// *unfinished() is 0: a chain that is short of this round's samples by then is left where it
  /// stands by every later launch, and *unfinished() counts it for good. A graph captured before
  /// draws the earlier round still.
  void next_round();

  [[nodiscard]] std::uint64_t chains() const;
  [[nodiscard]] std::uint64_t round_size() const;
  [[nodiscard]] std::uint32_t horizon() const;

  /// Device memory. chains x round_size x H symbols, sample d of chain c at [(c * round_size + d) *
  /// H]; valid after decode_async.
  [[nodiscard]] const std::uint32_t* symbols() const;
  /// Device memory: chains that were short of their samples after the last launch.
  [[nodiscard]] const unsigned long long* unfinished() const;
  /// Device memory: expansions that the oracle has answered since the roots' own.
  [[nodiscard]] const unsigned long long* expansions() const;
  /// Device memory.
  [[nodiscard]] DeviceState state() const;

  /// Copies the chains' state to the host; waits for `stream`. Any engine of wend can go on from
  /// it.
  [[nodiscard]] ChainState save(Stream stream) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cuda
}  // namespace wend
