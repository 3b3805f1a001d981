#include "bench/reference_lanes.hpp"
#include "bench/references.hpp"
#include "kernels/lanes/avx512.hpp"

namespace wend::bench {

std::uint32_t philox_avx512(std::uint64_t seed, std::uint32_t chains, std::uint32_t groups) {
  return philox_lanes<kernels::Avx512Lanes, 2>(seed, chains, groups);
}

std::uint32_t gather_avx512(const std::uint32_t* words, std::uint32_t pairs, std::uint64_t vectors,
                            bool prefetch) {
  return gather_lanes<kernels::Avx512Lanes>(words, pairs, vectors, prefetch);
}

}  // namespace wend::bench
