// Class members: every generator's law against its definition, and selections. All deterministic;
// the one statistical test states its alarm level.
#include "host/oracles/class_members.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "host/instances/class/families.hpp"
#include "tests/support/class_laws.hpp"
#include "tests/support/temporary_folder.hpp"

namespace wend {
namespace {

using testing::expect_lawful;
using testing::prefix_mass;
using testing::prefixes;
using testing::Symbols;
using testing::TemporaryFolder;

TEST(ClassMembers, ProductsAreOfIndependentBiasedSymbols) {
  for (const std::uint32_t letters : {2U, 3U, 4U}) {
    const double gamma = 0.3;
    const ProductMembers product = product_members({letters, 5, 7, 11}, gamma, "test");
    const std::uint64_t stride = padded_members(7);
    std::vector<std::vector<char>> up(7, std::vector<char>(5));
    for (std::uint32_t i = 0; i < 7; ++i)
      for (std::uint32_t h = 0; h < 5; ++h) up[i][h] = (product.signs[i] >> h & 1U) != 0 ? 1 : 0;
    EXPECT_EQ(product.signs.size(), stride);
    const ClassMembers members = product_members({letters, 5, 7, 11}, gamma, "test");
    for (std::uint32_t i = 0; i < 7; ++i) {
      for (const Symbols& leaf : prefixes(letters, 5)) {
        double mass = 1;
        for (std::uint32_t h = 0; h < 5; ++h) {
          const double weight = leaf[h] < letters / 2              ? 1
                                : leaf[h] >= letters - letters / 2 ? -1
                                                                   : 0;
          mass *= (1 + (up[i][h] != 0 ? gamma : -gamma) * weight) / letters;
        }
        EXPECT_NEAR(prefix_mass(members, i, leaf), mass, 1e-15);
      }
    }
    expect_lawful(members);
  }
}

TEST(ClassMembers, ProductSignsAreFair) {
  // 4096 signs of 512 members: the sum is normal with deviation sqrt(n); 5.5 of them have a
  // probability of 4e-8.
  const ProductMembers product = product_members({2, 4096, 512, 3}, 0.1, "test");
  const std::uint64_t stride = padded_members(512);
  double ones = 0;
  for (std::uint64_t w = 0; w < 64; ++w)
    for (std::uint64_t i = 0; i < 512; ++i)
      ones += static_cast<double>(__builtin_popcountll(product.signs[w * stride + i]));
  const double n = 4096.0 * 512;
  EXPECT_LT(std::abs(2 * ones - n), 5.5 * std::sqrt(n));
}

TEST(ClassMembers, AMemberDoesNotDependOnHowManyThereAre) {
  const std::vector<std::pair<ClassMembers, ClassMembers>> pairs = [] {
    std::vector<std::pair<ClassMembers, ClassMembers>> made;
    made.emplace_back(product_members({3, 6, 5, 9}, 0.5, "test"),
                      product_members({3, 6, 100, 9}, 0.5, "test"));
    made.emplace_back(markov_members({3, 6, 5, 9}, "test"), markov_members({3, 6, 100, 9}, "test"));
    const NgramModel base = random_model(3, 2, 1, "test");
    made.emplace_back(adapter_members(base, {3, 6, 5, 9}, 2, 1.0, "test"),
                      adapter_members(base, {3, 6, 100, 9}, 2, 1.0, "test"));
    return made;
  }();
  for (const auto& [few, many] : pairs)
    for (std::uint32_t i = 0; i < 5; ++i)
      for (const Symbols& leaf : prefixes(3, 6))
        ASSERT_EQ(log_prefix_mass(few, i, leaf.data(), 6),
                  log_prefix_mass(many, i, leaf.data(), 6));
}

TEST(ClassMembers, MarkovChainsStartAndMoveByTheirTables) {
  const TableMembers chains = markov_members({3, 4, 5, 2}, "test");
  const std::uint64_t stride = padded_members(5);
  ASSERT_EQ(chains.next.size(), 12U);
  const ClassMembers members = markov_members({3, 4, 5, 2}, "test");
  std::set<double> starts;
  for (std::uint32_t i = 0; i < 5; ++i) {
    for (const Symbols& leaf : prefixes(3, 4)) {
      double mass = chains.table[leaf[0] * stride + i];
      for (std::uint32_t h = 1; h < 4; ++h)
        mass *= chains.table[((1U + leaf[h - 1]) * 3U + leaf[h]) * stride + i];
      EXPECT_NEAR(prefix_mass(members, i, leaf), mass, 1e-15);
    }
    starts.insert(chains.table[i]);
  }
  EXPECT_EQ(starts.size(), 5U);  // all members differ
  expect_lawful(members);
}

TEST(ClassMembers, NeedlesHaveTheirMassInASubtreeOfTheirOwn) {
  const double mass = 0.4;
  const NeedleMembers needles = needle_members({3, 6, 20, 5}, 4, mass, "test");
  EXPECT_EQ(needles.symbol_bits, 2U);
  const ClassMembers members = needle_members({3, 6, 20, 5}, 4, mass, "test");
  std::set<Symbols> nodes;
  for (std::uint32_t i = 0; i < 20; ++i) {
    Symbols node;
    for (std::uint32_t h = 0; h < 4; ++h)
      node.push_back(static_cast<std::uint32_t>(needles.needle[i] >> (2 * h) & 3U));
    nodes.insert(node);
    for (std::uint32_t depth = 1; depth <= 6; ++depth) {
      for (const Symbols& prefix : prefixes(3, depth)) {
        const std::uint32_t shared = std::min(depth, 4U);
        const bool on = std::equal(prefix.begin(), prefix.begin() + shared, node.begin());
        const double own = on ? mass * std::pow(3.0, -static_cast<double>(depth - shared)) : 0;
        EXPECT_NEAR(prefix_mass(members, i, prefix), (1 - mass) * std::pow(3.0, -1.0 * depth) + own,
                    1e-15);
      }
    }
  }
  EXPECT_EQ(nodes.size(), 20U);
  expect_lawful(members);
}

TEST(ClassMembers, NeedlesOfAll64BitsAreTheirMembersAlone) {
  const ClassMembers members = needle_members({2, 64, 4, 11}, 64, 0.5, "test");
  const auto& needles = std::get<NeedleMembers>(members);
  const double elsewhere = std::log(0.5) - 64 * std::log(2.0);
  for (std::uint32_t i = 0; i < 4; ++i) {
    Symbols leaf;
    for (std::uint32_t h = 0; h < 64; ++h)
      leaf.push_back(static_cast<std::uint32_t>(needles.needle[i] >> h & 1U));
    for (std::uint32_t j = 0; j < 4; ++j)
      EXPECT_NEAR(log_prefix_mass(members, j, leaf.data(), 64), i == j ? std::log(0.5) : elsewhere,
                  1e-9);
    leaf.back() = static_cast<std::uint32_t>(1 - leaf.back());
    EXPECT_NEAR(log_prefix_mass(members, i, leaf.data(), 64), elsewhere, 1e-9);
  }
}

TEST(ClassMembers, NeedleDepthsHaveBounds) {
  const auto depth_of = [](const FamilySize& size) {
    return needle_members(size, {}, 0.5, "test").needle_depth;
  };
  EXPECT_EQ(depth_of({2, 4096, 65536, 0}), 24U);
  EXPECT_EQ(depth_of({2, 20, 65536, 0}), 20U);
  EXPECT_EQ(depth_of({2, 100, 1, 0}), 8U);
  EXPECT_EQ(depth_of({65535, 100, 65536, 0}), 4U);
  const auto refusal = [](const FamilySize& size, std::optional<std::uint32_t> depth) {
    return testing::error_of(ErrorKind::kInput, [&] { needle_members(size, depth, 0.5, "test"); });
  };
  EXPECT_EQ(refusal({2, 4, 2, 0}, 5), "test.depth: 5 is beyond the horizon");
  EXPECT_EQ(refusal({2, 8, 9, 0}, 3), "test.depth: 3 has fewer nodes than there are 9 members");
  EXPECT_EQ(refusal({2, 3, 9, 0}, {}), "test.depth: 3 has fewer nodes than there are 9 members");
  EXPECT_EQ(refusal({5, 64, 2, 0}, 22), "test.depth: 22 symbols of 3 bits do not fit 64 bits");
  // The whole of 64 bits: all needles of all symbols, distinct.
  const NeedleMembers full = needle_members({2, 64, 1000, 1}, 64, 0.5, "test");
  const std::set<std::uint64_t> distinct(full.needle.begin(), full.needle.begin() + 1000);
  EXPECT_EQ(distinct.size(), 1000U);
  const ClassMembers members = needle_members({2, 64, 1000, 1}, 64, 0.5, "test");
  for (std::uint64_t i = 0; i < 1000; ++i) {
    Symbols needle;
    for (std::uint32_t h = 0; h < 64; ++h)
      needle.push_back(static_cast<std::uint32_t>(full.needle[i] >> h & 1U));
    ASSERT_NEAR(prefix_mass(members, i, needle), 0.5, 1e-12);
  }
}

TEST(ClassMembers, AdaptersChangeLogitsByLowRank) {
  const NgramModel base = random_model(4, 2, 8, "test");
  const ClassMembers members = adapter_members(base, {0, 4, 6, 3}, 1, 0.7, "test");
  expect_lawful(members);
  // With rank 1 the changes of two contexts' logits, taken relative to one symbol, are
  // proportional.
  const auto change = [&](std::uint32_t i, std::uint32_t context, std::uint32_t symbol) {
    const auto log_probability = [&](std::uint32_t c) {
      const Symbols pair{context, c};
      return log_prefix_mass(members, i, pair.data(), 2) -
             log_prefix_mass(members, i, pair.data(), 1) -
             base.log_probability[(1U + context) * 4U + c];
    };
    return log_probability(symbol) - log_probability(0);
  };
  for (std::uint32_t i = 0; i < 6; ++i) {
    EXPECT_GT(std::abs(change(i, 0, 1)), 1e-6);
    EXPECT_NEAR(change(i, 0, 1) * change(i, 1, 2), change(i, 0, 2) * change(i, 1, 1), 1e-12);
  }
  // Without a change all members are the base.
  const ClassMembers same = adapter_members(base, {0, 4, 2, 3}, 2, 0.0, "test");
  for (const Symbols& prefix : prefixes(4, 2))
    EXPECT_NEAR(
        log_prefix_mass(same, 1, prefix.data(), 2),
        base.log_probability[prefix[0]] + base.log_probability[(1U + prefix[0]) * 4U + prefix[1]],
        1e-12);
}

TEST(ClassMembers, AdaptersOfACorpusKeepTheEnd) {
  const TemporaryFolder folder;
  const NgramModel base = corpus_model(folder.add("w.txt", "ab\nba\naab\n"), 2, 0.5, "test");
  const ClassMembers members = adapter_members(base, {0, 4, 3, 3}, 2, 1.0, "test");
  expect_lawful(members);
  for (std::uint32_t i = 0; i < 3; ++i) {
    EXPECT_EQ(prefix_mass(members, i, {1, 0, 1}), 0.0);
    EXPECT_EQ(prefix_mass(members, i, {1, 0, 0}), prefix_mass(members, i, {1, 0}));
    EXPECT_GT(prefix_mass(members, i, {1, 0}), 0.0);
  }
}

TEST(ClassMembers, LongAndManyMembersFit) {
  // Longer than a double's range: only logs can tell.
  const ClassMembers products = product_members({2, 65535, 3, 1}, 0.5, "test");
  const Symbols zeros(65535, 0);
  const double log_mass = log_prefix_mass(products, 2, zeros.data(), 65535);
  EXPECT_LT(log_mass, -20000.0);
  EXPECT_TRUE(std::isfinite(log_mass));
  EXPECT_EQ(count(ClassMembers(needle_members({2, 4096, 65536, 1}, {}, 0.5, "test"))), 65536U);
  EXPECT_EQ(count(ClassMembers(markov_members({2, 4096, 65536, 1}, "test"))), 65536U);
  const std::string message = testing::error_of(ErrorKind::kInput, [] {
    markov_members({65535, 1, kMaxMembers, 1}, "test");
  });
  EXPECT_TRUE(message.starts_with("test.count: 65536 contexts of 16777216 members: ")) << message;
}

}  // namespace
}  // namespace wend
