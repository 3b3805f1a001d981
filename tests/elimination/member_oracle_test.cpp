// What a class's own oracle answers along a path: the truth's mass, times the noise of the whole
// prefix above the leaves.
#include "kernels/elimination/member_oracle.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/coin_class.hpp"

namespace wend::test {
namespace {

TEST(MemberOracle, AnswersWithTheNoiseOfTheWholePrefix) {
  const TableMembers members = coins(5, {0.3, 0.6, 0.9});
  const kernels::PrefixNoise noise{kernels::PrefixNoise::Model::kIid, 1.5, std::log2(1.5), 9};
  kernels::MemberOracle<kernels::TableMembersView> oracle(view_of(members), 1, noise);
  oracle.begin();
  kernels::ClassNode node;
  std::uint64_t prefix = 0;
  double mass = 1;
  std::uint64_t asked = 0;
  for (const std::uint32_t symbol : {0U, 1U, 1U, 0U}) {
    for (const std::uint32_t child : {0U, 1U}) {
      const double exact = mass * (child == 0 ? 0.6 : 0.4);
      EXPECT_DOUBLE_EQ(oracle.leaf(node, child), exact);
      EXPECT_DOUBLE_EQ(oracle.interior(node, child),
                       exact * noise.factor(node.depth + 1, kernels::extend_prefix(prefix, child)));
      asked += 2;
    }
    EXPECT_EQ(oracle.asked(), asked);
    mass *= (symbol == 0 ? 0.6 : 0.4) * 2;
    oracle.descend(node, symbol, 2.0, 1);
    prefix = kernels::extend_prefix(prefix, symbol);
    node = view_of(members).descend(node, symbol);
  }
}

}  // namespace
}  // namespace wend::test
