#include "host/engines/cpu/lane_driver.hpp"
#include "kernels/lanes/avx512.hpp"
#include "kernels/lanes/words64_avx512.hpp"
#include "kernels/random/philox_lanes.hpp"
#include "kernels/views/list.hpp"
#include "kernels/views/state.hpp"
#include "kernels/views/tree.hpp"
#include "kernels/walk/rows.hpp"

// This file alone is compiled for AVX512. Every template that it instantiates has Avx512Lanes among
// its arguments, so that no code of it can stand in for a function that other CPUs run.
namespace wend {

template <class View>
std::uint64_t advance_avx512(const View& view, kernels::Walk walk, const CpuJob& job) {
  return advance_lanes<kernels::Avx512Lanes>(view, walk, job);
}

void draw_avx512(std::uint64_t seed, std::uint32_t purpose, const std::uint64_t* chains,
                 const std::uint64_t* blocks, std::uint32_t count, std::uint32_t* words) {
  kernels::PhiloxLanes<kernels::Avx512Lanes>::draw_blocks(seed, purpose, chains, blocks, count,
                                                          words);
}

#define WEND_INSTANCE(VIEW) \
  template std::uint64_t advance_avx512(const VIEW&, kernels::Walk, const CpuJob&);
WEND_VIEWS(WEND_INSTANCE)
#undef WEND_INSTANCE

}  // namespace wend
