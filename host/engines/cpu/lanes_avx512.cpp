#include "host/engines/cpu/lane_driver.hpp"
#include "kernels/lanes/avx512.hpp"
#include "kernels/lanes/words64_avx512.hpp"
#include "kernels/random/philox_lanes.hpp"
#include "kernels/views/knapsack.hpp"
#include "kernels/views/state.hpp"
#include "kernels/views/tree.hpp"
#include "kernels/walk/rows.hpp"

// This file alone is compiled for AVX512. Every template that it instantiates has Avx512Lanes among
// its arguments, so that no code of it can stand in for a function that other CPUs run.
namespace wend {

template <class View>
std::uint64_t advance_avx512(const View& view, kernels::Walk walk, const CpuJob& job) {
  using kernels::Avx512Lanes;
  using kernels::Walk;
  using Draws = kernels::PhiloxLanes<Avx512Lanes>;
  constexpr std::uint32_t kVectors = View::kHasPath ? 8 : 16;
  switch (walk) {
    case Walk::kJerrumSinclair:
      return LaneDriver<Avx512Lanes, Draws, View, Walk::kJerrumSinclair, kVectors>(view, job).run();
    case Walk::kLifted:
      return LaneDriver<Avx512Lanes, Draws, View, Walk::kLifted, kVectors>(view, job).run();
    case Walk::kSequential:
      return LaneDriver<Avx512Lanes, Draws, View, Walk::kSequential, kVectors>(view, job).run();
  }
  return 0;
}

void draw_avx512(std::uint64_t seed, std::uint32_t purpose, const std::uint64_t* chains,
                 const std::uint64_t* blocks, std::uint32_t count, std::uint32_t* words) {
  kernels::PhiloxLanes<kernels::Avx512Lanes>::draw_blocks(seed, purpose, chains, blocks, count,
                                                          words);
}

template std::uint64_t advance_avx512(const kernels::TreeView<kernels::CumulativeRows<2>>&,
                                      kernels::Walk, const CpuJob&);
template std::uint64_t advance_avx512(const kernels::TreeView<kernels::CumulativeRows<3>>&,
                                      kernels::Walk, const CpuJob&);
template std::uint64_t advance_avx512(const kernels::TreeView<kernels::CumulativeRows<4>>&,
                                      kernels::Walk, const CpuJob&);
template std::uint64_t advance_avx512(const kernels::TreeView<kernels::AliasRows>&, kernels::Walk,
                                      const CpuJob&);
template std::uint64_t advance_avx512(const kernels::StateView<kernels::CumulativeRows<2>>&,
                                      kernels::Walk, const CpuJob&);
template std::uint64_t advance_avx512(const kernels::StateView<kernels::CumulativeRows<3>>&,
                                      kernels::Walk, const CpuJob&);
template std::uint64_t advance_avx512(const kernels::StateView<kernels::CumulativeRows<4>>&,
                                      kernels::Walk, const CpuJob&);
template std::uint64_t advance_avx512(const kernels::StateView<kernels::AliasRows>&, kernels::Walk,
                                      const CpuJob&);
template std::uint64_t advance_avx512(const kernels::KnapsackView&, kernels::Walk, const CpuJob&);

}  // namespace wend
