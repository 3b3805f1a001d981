#include "bench/reference_lanes.hpp"
#include "bench/references.hpp"
#include "kernels/lanes/avx2.hpp"

namespace wend::bench {

std::uint32_t philox_avx2(std::uint64_t seed, std::uint32_t chains, std::uint32_t groups) {
  return philox_lanes<kernels::Avx2Lanes, 1>(seed, chains, groups);
}

std::uint32_t gather_avx2(const std::uint32_t* words, std::uint32_t pairs, std::uint64_t vectors,
                          bool prefetch) {
  return gather_lanes<kernels::Avx2Lanes>(words, pairs, vectors, prefetch);
}

}  // namespace wend::bench
