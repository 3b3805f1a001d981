// What views of few values spare a path (products with the scale, a look at small masses, passes
// over even nodes) changes no bit: the same members without any of it, side by side.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <optional>
#include <type_traits>
#include <vector>

#include "host/elimination/solo_group.hpp"
#include "host/instances/class/families.hpp"
#include "kernels/elimination/path_walk.hpp"

namespace wend {
namespace {

using kernels::ClassNode;
using kernels::ScalarF64;

/// A view of which nothing is known but probabilities.
template <class View>
struct Plain : View {
  template <class Lanes>
  struct Child : View::template Child<Lanes> {
    static constexpr bool kFewValues = false;
  };
  template <class Lanes>
  [[nodiscard]] Child<Lanes> child(const ClassNode& node, std::uint32_t symbol) const {
    return {View::template child<Lanes>(node, symbol)};
  }
  [[nodiscard]] static bool even(const ClassNode&) { return false; }
};

struct Outcome {
  std::vector<std::uint32_t> symbols;
  std::vector<std::uint64_t> own;
  std::vector<double> mass;
  kernels::PathOutcome path{};
};

template <class View>
Outcome walk(const View& view, double kappa, std::uint64_t number,
             const std::vector<std::uint64_t>& alive) {
  Outcome outcome;
  outcome.symbols.resize(view.horizon);
  outcome.own.resize(alive.size());
  outcome.mass.resize(padded_members(view.count));
  const kernels::PrefixNoise noise{.model = kernels::PrefixNoise::Model::kIid,
                                   .kappa = kappa,
                                   .log2_kappa = std::log2(kappa),
                                   .seed = 3};
  const kernels::ClassRound round{7, kappa, 2 * kappa * kappa, false, alive.data(), alive.data()};
  const kernels::ClassScratch scratch{outcome.mass.data(), nullptr, outcome.own.data()};
  using Oracle = kernels::MemberOracle<View>;
  Oracle oracle(view, view.count / 3, noise);
  const SoloGroup group;
  kernels::ClassPathWalk<SoloGroup, ScalarF64, View, Oracle> path(group, view, oracle, round,
                                                                  scratch);
  outcome.path = path.run({1, number, ~std::uint64_t{0}}, outcome.symbols.data());
  return outcome;
}

/// Queries above the leaves over all paths.
template <class Members>
std::uint64_t expect_same(const Members& members, double kappa, bool thinned) {
  const auto view = view_of(members);
  using View = std::decay_t<decltype(view)>;
  const Plain<View> plain{view};
  std::vector<std::uint64_t> alive(kernels::member_words(view.count), ~std::uint64_t{0});
  if (view.count % 64 != 0) alive.back() = (std::uint64_t{1} << (view.count % 64)) - 1;
  if (thinned) alive[0] &= ~std::uint64_t{0xFFFFF};  // a word that has lost some
  std::uint64_t queries = 0;
  for (std::uint64_t number = 0; number < 40; ++number) {
    const Outcome fast = walk(view, kappa, number, alive);
    const Outcome slow = walk(plain, kappa, number, alive);
    EXPECT_EQ(fast.symbols, slow.symbols);
    EXPECT_EQ(fast.own, slow.own);
    EXPECT_EQ(fast.path.interior_queries, slow.path.interior_queries);
    EXPECT_EQ(fast.path.survivors, slow.path.survivors);
    EXPECT_EQ(std::memcmp(fast.mass.data(), slow.mass.data(), 8 * view.count), 0) << number;
    queries += fast.path.interior_queries;
  }
  return queries;
}

TEST(ClassShortcuts, OfProductsWithMassesThatAreFlushed) {
  for (const double gamma : {0.05, 0.6, 0.999}) {
    for (const std::uint32_t alphabet : {2U, 3U, 5U}) {
      const ProductMembers members = product_members({alphabet, 300, 200, 5}, gamma, "test");
      EXPECT_GT(expect_same(members, 1.3, false), 0U);
      expect_same(members, 1.3, true);
    }
  }
  // Of the last ones some masses are 0 in the end: the bound below them has given way.
  const ProductMembers members = product_members({2, 300, 200, 5}, 0.999, "test");
  const std::vector<std::uint64_t> alive{~std::uint64_t{0}, ~std::uint64_t{0}, ~std::uint64_t{0},
                                         0xFF};
  const Outcome outcome = walk(view_of(members), 1e4, 0, alive);
  EXPECT_EQ(outcome.mass[0] == 0 || outcome.mass[1] == 0, true);
}

TEST(ClassShortcuts, OfNeedlesBelowWhichNodesAreEven) {
  for (const std::uint32_t alphabet : {2U, 3U, 4U}) {
    for (const double mass : {0.02, 0.5, 0.999}) {
      const NeedleMembers members =
          needle_members({alphabet, 60, 100, 5}, std::nullopt, mass, "test");
      EXPECT_GT(expect_same(members, 1.1, false), 0U) << alphabet << " " << mass;
      expect_same(members, 1.1, true);
    }
  }
}

}  // namespace
}  // namespace wend
