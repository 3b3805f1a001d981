#pragma once

#include <cstdint>
#include <limits>

#include "python/src/keywords.hpp"
#include "wend/algorithm.hpp"

// Options that several functions have, alike in each and as the command has them.
namespace wend::python {

inline constexpr std::uint64_t kMost64 = std::numeric_limits<std::uint64_t>::max();
inline constexpr std::uint64_t kMost32 = std::numeric_limits<std::uint32_t>::max();
inline constexpr std::uint64_t kMostSamples = std::uint64_t{1} << 48U;

/// `seed`, `threads`, `memo` and `max_batch`.
template <class Options>
void read_run_options(const Keywords& keywords, Options& options) {
  keywords.read_integer("seed", 0, kMost64, options.seed);
  keywords.read_integer("threads", 0, 65'536, options.threads);
  keywords.read_integer("max_batch", 0, kMost32, options.max_batch);
  if (keywords.has("memo")) options.memo_bytes = keywords.integer("memo", 0, kMost64);
}

inline void read_self_test(const Keywords& keywords, SelfTest& test) {
  keywords.read_choice("self_test", std::array{SelfTest::kRefuse, SelfTest::kPin, SelfTest::kOff},
                       test);
}

inline void read_backend(const Keywords& keywords, Backend& backend) {
  keywords.read_choice("backend", std::array{Backend::kAuto, Backend::kCpu, Backend::kCuda},
                       backend);
}

/// `kappa` and `delta`.
template <class Kappa, class Delta>
void read_accuracy(const Keywords& keywords, Kappa& kappa, Delta& delta) {
  keywords.read_number(
      "kappa", "of at least 1",
      [](double x) { return x >= 1 && x <= std::numeric_limits<double>::max(); }, kappa);
  keywords.read_number(
      "delta", "between 0 and 1", [](double x) { return x > 0 && x < 1; }, delta);
}

}  // namespace wend::python
