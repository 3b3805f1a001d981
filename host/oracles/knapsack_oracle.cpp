#include "host/oracles/knapsack_oracle.hpp"

namespace wend {

kernels::KnapsackView make_knapsack_view(const KnapsackOracle& oracle) {
  return make_knapsack_view(oracle, oracle.items.data(), oracle.counts->breakpoints.data(),
                            oracle.counts->guide.data(), oracle.rows.words());
}

kernels::KnapsackView make_knapsack_view(const KnapsackOracle& oracle,
                                         const kernels::KnapsackItem* items,
                                         const std::uint32_t* breakpoints,
                                         const std::uint32_t* guide, const std::uint32_t* rows) {
  return {{items, breakpoints, guide}, {rows}, oracle.capacity, oracle.horizon, oracle.root_row};
}

}  // namespace wend
