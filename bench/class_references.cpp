#include "bench/class_references.hpp"

// The compiler's own vectors, in a version for each instruction set: these loops have nothing to
// learn from wend.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define WEND_EVERY_CPU __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#else
#define WEND_EVERY_CPU
#endif

namespace wend::bench {

WEND_EVERY_CPU double multiply_add(std::uint64_t rounds) {
  constexpr int kAccumulators = 128;
  alignas(64) double sums[kAccumulators];
  for (int i = 0; i < kAccumulators; ++i) sums[i] = i;
  for (std::uint64_t round = 0; round < rounds; ++round)
    for (double& sum : sums) sum = sum * 0.999 + 1e-3;
  double total = 0;
  for (const double sum : sums) total += sum;
  return total;
}

WEND_EVERY_CPU void scale_by(double* x, const double* t, std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i) x[i] *= t[i];
}

}  // namespace wend::bench
