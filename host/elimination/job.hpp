#pragma once

#include <cstdint>

#include "kernels/elimination/path_walk.hpp"
#include "kernels/lanes/simd.hpp"

// What a thread of the CPU engine does with one path. Like host/engines/cpu/job.hpp this names
// nothing of the standard library's, since files compiled for AVX2 and AVX-512 include it.
namespace wend {

/// An oracle that is another instance: `ask` gives ln of its normalised answer at a prefix.
struct ExternalOracle {
  const void* instance;
  double (*ask)(const void* instance, const std::uint32_t* symbols, std::uint32_t depth);
  double (*from_log)(double log_mass, int exponent);  ///< exp(log_mass) 2^exponent
  std::uint32_t* prefix;                              ///< scratch of H symbols
};

/// One path by the oracle of a member (`noise`, `truth` of `truth_view`), or by `external`.
struct ClassJob {
  const kernels::ClassRound* round;
  const kernels::ClassPath* path;
  kernels::ClassScratch scratch;
  std::uint32_t* symbols;
  std::uint64_t truth;
  kernels::PrefixNoise noise;
  const ExternalOracle* external;  ///< null: the truth answers
};

/// With the lanes of a width (path_lanes.cpp). `truth_view`: the members among which the truth is
/// (the whole class).
template <kernels::Simd kSimd, class View>
kernels::PathOutcome run_path_lanes(const View& view, const View& truth_view, const ClassJob& job);

}  // namespace wend
