#include "host/engines/cpu/scalar.hpp"

#include "host/engines/cpu/lane_driver.hpp"
#include "kernels/random/philox.hpp"
#include "kernels/views/knapsack.hpp"
#include "kernels/views/state.hpp"
#include "kernels/views/tree.hpp"
#include "kernels/walk/advance.hpp"
#include "kernels/walk/rows.hpp"

namespace wend {

namespace {

using kernels::ScalarLanes;
using kernels::Walk;

/// PhiloxLanes of width one.
class ScalarDraws {
 public:
  struct Keys {
    std::uint64_t seed;
  };
  static Keys make_keys(std::uint64_t seed) { return {seed}; }

  void set(std::uint32_t, std::uint32_t purpose, std::uint64_t chain, std::uint64_t block) {
    purpose_ = purpose;
    chain_ = chain;
    block_ = block;
  }
  [[nodiscard]] std::uint64_t block(std::uint32_t) const { return block_; }

  template <std::uint32_t kCount>
  static void draw(const Keys& keys, ScalarDraws* const (&vectors)[kCount],
                   std::uint32_t (*words)[4]) {
    ScalarDraws& self = *vectors[0];
    const kernels::DrawBlock draws =
        kernels::draw_block(keys.seed, self.purpose_, self.chain_, self.block_++);
    for (std::uint32_t word = 0; word < 4; ++word) words[0][word] = draws.word[word];
  }

 private:
  std::uint32_t purpose_ = 0;
  std::uint64_t chain_ = 0;
  std::uint64_t block_ = 0;
};

template <Walk kWalk, class View>
std::uint64_t align(const void* view, const kernels::ChainArrays& chains, std::uint64_t chain,
                    const kernels::RunLimits& limits, std::uint32_t* records) {
  kernels::RunLimits one_group = limits;
  one_group.step_budget = 1;
  return kernels::advance_chain<kWalk>(*static_cast<const View*>(view), chains, chain, one_group,
                                       records);
}

}  // namespace

template <class View>
decltype(CpuJob::align) alignment(Walk walk) {
  switch (walk) {
    case Walk::kJerrumSinclair:
      return align<Walk::kJerrumSinclair, View>;
    case Walk::kLifted:
      return align<Walk::kLifted, View>;
    case Walk::kSequential:
      return align<Walk::kSequential, View>;
  }
  return nullptr;
}

template <class View>
std::uint64_t advance_scalar(const View& view, Walk walk, const CpuJob& job) {
  constexpr std::uint32_t kVectors = 8;
  switch (walk) {
    case Walk::kJerrumSinclair:
      return LaneDriver<ScalarLanes, ScalarDraws, View, Walk::kJerrumSinclair, kVectors>(view, job)
          .run();
    case Walk::kLifted:
      return LaneDriver<ScalarLanes, ScalarDraws, View, Walk::kLifted, kVectors>(view, job).run();
    case Walk::kSequential:
      return LaneDriver<ScalarLanes, ScalarDraws, View, Walk::kSequential, kVectors>(view, job)
          .run();
  }
  return 0;
}

template decltype(CpuJob::align) alignment<kernels::TreeView<kernels::CumulativeRows<2>>>(Walk);
template decltype(CpuJob::align) alignment<kernels::TreeView<kernels::CumulativeRows<3>>>(Walk);
template decltype(CpuJob::align) alignment<kernels::TreeView<kernels::CumulativeRows<4>>>(Walk);
template decltype(CpuJob::align) alignment<kernels::TreeView<kernels::AliasRows>>(Walk);
template decltype(CpuJob::align) alignment<kernels::StateView<kernels::CumulativeRows<2>>>(Walk);
template decltype(CpuJob::align) alignment<kernels::StateView<kernels::CumulativeRows<3>>>(Walk);
template decltype(CpuJob::align) alignment<kernels::StateView<kernels::CumulativeRows<4>>>(Walk);
template decltype(CpuJob::align) alignment<kernels::StateView<kernels::AliasRows>>(Walk);
template decltype(CpuJob::align) alignment<kernels::KnapsackView>(Walk);

template std::uint64_t advance_scalar(const kernels::TreeView<kernels::CumulativeRows<2>>&, Walk,
                                      const CpuJob&);
template std::uint64_t advance_scalar(const kernels::TreeView<kernels::CumulativeRows<3>>&, Walk,
                                      const CpuJob&);
template std::uint64_t advance_scalar(const kernels::TreeView<kernels::CumulativeRows<4>>&, Walk,
                                      const CpuJob&);
template std::uint64_t advance_scalar(const kernels::TreeView<kernels::AliasRows>&, Walk,
                                      const CpuJob&);
template std::uint64_t advance_scalar(const kernels::StateView<kernels::CumulativeRows<2>>&, Walk,
                                      const CpuJob&);
template std::uint64_t advance_scalar(const kernels::StateView<kernels::CumulativeRows<3>>&, Walk,
                                      const CpuJob&);
template std::uint64_t advance_scalar(const kernels::StateView<kernels::CumulativeRows<4>>&, Walk,
                                      const CpuJob&);
template std::uint64_t advance_scalar(const kernels::StateView<kernels::AliasRows>&, Walk,
                                      const CpuJob&);
template std::uint64_t advance_scalar(const kernels::KnapsackView&, Walk, const CpuJob&);

}  // namespace wend
