#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <ostream>
#include <string>
#include <vector>

#include "host/elimination/engine.hpp"
#include "kernels/elimination/path_walk.hpp"

// Classes of every kind of members, and rounds of paths over them, to hold one engine against
// another.
namespace wend::test {

inline constexpr std::uint32_t kMembers = 1500;
inline constexpr std::uint64_t kTruth = 65;
inline constexpr double kKappa = 1.25;

inline std::uint64_t hash(std::uint64_t a, std::uint32_t b) {
  return kernels::extend_prefix(a + 17, b);
}
inline double unit(std::uint64_t a, std::uint32_t b) {
  return static_cast<double>(hash(a, b) >> 11U) * 0x1p-53;
}
/// A probability vector, one symbol in seven without mass.
inline std::vector<double> distribution(std::uint64_t seed, std::uint32_t alphabet) {
  std::vector<double> p(alphabet);
  for (std::uint32_t c = 0; c < alphabet; ++c)
    p[c] = c > 0 && hash(seed, c) % 7 == 0 ? 0.0 : std::exp(2 * unit(seed, c + 100));
  const double total = std::accumulate(p.begin(), p.end(), 0.0);
  for (double& x : p) x /= total;
  return p;
}

inline ClassMembers product() {
  ProductMembers members;
  members.alphabet = 2;
  members.horizon = 70;  // a second word of signs
  members.count = kMembers;
  members.signs = TableMemory<std::uint64_t>(2 * padded_members(kMembers));
  for (std::uint64_t i = 0; i < members.signs.size(); ++i) members.signs[i] = hash(i, 0);
  members.up = {0.4, 0.6};
  members.down = {0.6, 0.4};
  return members;
}

inline ClassMembers needle() {
  NeedleMembers members;
  members.alphabet = 3;
  members.horizon = 9;
  members.count = kMembers;
  members.needle_depth = 5;
  members.symbol_bits = 2;
  members.needle.resize(padded_members(kMembers));
  for (std::uint32_t i = 0; i < members.needle.size(); ++i)
    for (std::uint32_t h = 0; h < members.needle_depth; ++h)
      members.needle[i] |= hash(i, h) % 3 << (h * members.symbol_bits);
  for (std::uint32_t h = 0; h < members.needle_depth; ++h) {
    // Half of the mass sits in the needle, the other half is everywhere.
    const double here = 0.5 + 0.5 * std::pow(3.0, -static_cast<double>(h));
    members.follow.push_back((0.5 + 0.5 * std::pow(3.0, -static_cast<double>(h) - 1)) / here);
    members.leave.push_back((1 - members.follow.back()) / 2);
  }
  return members;
}

inline ClassMembers table() {
  constexpr std::uint32_t kContexts = 5;
  TableMembers members;
  members.alphabet = 3;
  members.horizon = 12;
  members.count = kMembers;
  const std::uint64_t stride = padded_members(kMembers);
  members.table = TableMemory<double>(kContexts * members.alphabet * stride);
  for (std::uint32_t s = 0; s < kContexts; ++s) {
    for (std::uint32_t c = 0; c < members.alphabet; ++c)
      members.next.push_back(static_cast<std::uint32_t>(hash(s, c) % kContexts));
    for (std::uint64_t i = 0; i < kMembers; ++i) {
      const auto p = distribution(1000 * i + s, members.alphabet);
      for (std::uint32_t c = 0; c < members.alphabet; ++c)
        members.table[(static_cast<std::uint64_t>(s) * members.alphabet + c) * stride + i] = p[c];
    }
  }
  return members;
}

inline ClassMembers pool() {
  PoolMembers members;
  members.alphabet = 5;
  members.horizon = 11;
  members.count = kMembers;
  members.start.resize(padded_members(kMembers));
  members.next.assign(members.alphabet, 0);  // row 0: no mass
  members.table.assign(members.alphabet, 0.0);
  for (std::uint32_t i = 0; i < kMembers; ++i) {
    const auto first = static_cast<std::uint32_t>(members.next.size() / members.alphabet);
    const std::uint32_t rows = 1 + i % 3;
    members.start[i] = first;
    for (std::uint32_t r = 0; r < rows; ++r) {
      const auto p = distribution(7919 * i + r, members.alphabet);
      for (std::uint32_t c = 0; c < members.alphabet; ++c) {
        members.table.push_back(p[c]);
        members.next.push_back(
            p[c] > 0 ? first + static_cast<std::uint32_t>(hash(first + r, c) % rows) : 0);
      }
    }
  }
  return members;
}

struct Kind {
  std::string name;
  ClassMembers (*make)();
  friend void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }
};

inline kernels::PrefixNoise noise(kernels::PrefixNoise::Model model) {
  return {model, kKappa, std::log2(kKappa), 0x123456789ABCDEFULL};
}

/// Members 0, step, 2 step, .. of the class: `count` of them.
inline std::vector<std::uint32_t> every(std::uint32_t step, std::uint32_t count) {
  std::vector<std::uint32_t> members(count);
  for (std::uint32_t i = 0; i < count; ++i) members[i] = i * step;
  return members;
}

/// A round over a version space of `members`, some of which are gone already.
struct Round {
  Round(std::uint32_t members, std::uint64_t size, std::uint32_t horizon, bool certified)
      : alive(kernels::member_words(members)),
        watch(alive.size()),
        outcomes(size),
        symbols(size * horizon, 0xA5A5U) {
    for (std::uint32_t i = 0; i < members; ++i) {
      const std::uint64_t bit = std::uint64_t{1} << (i % 64);
      if (hash(i, 5) % 8 != 0 || members < 8) alive[i / 64] |= bit;
      if (i % 2 == 0) watch[i / 64] |= alive[i / 64] & bit;
    }
    if (members < 8) watch = alive;
    survivors = alive;
    round = {0xFEDCBA9876543210ULL, kKappa,      2 * kKappa * kKappa, certified,
             alive.data(),          watch.data()};
    for (std::uint64_t i = 0; i < size; ++i)
      paths.push_back({i % 7, i / 7, i % 5 == 4 ? i % 11 : ~std::uint64_t{0}});
  }
  void run(ClassEngine& engine) { engine.run(round, paths, outcomes, symbols, survivors); }

  std::vector<std::uint64_t> alive;
  std::vector<std::uint64_t> watch;
  std::vector<std::uint64_t> survivors;
  std::vector<kernels::ClassPath> paths;
  std::vector<kernels::PathOutcome> outcomes;
  std::vector<std::uint32_t> symbols;
  kernels::ClassRound round{};
};

inline auto fields(const kernels::PathOutcome& o) {
  return std::array<std::uint64_t, 9>{static_cast<std::uint64_t>(o.status),
                                      o.nodes_asked,
                                      o.interior_queries,
                                      o.leaf_queries,
                                      o.oracle_queries,
                                      o.survivors,
                                      o.depth,
                                      o.last_symbol,
                                      o.last_member};
}

inline void expect_same(const Round& a, const Round& b) {
  ASSERT_EQ(a.outcomes.size(), b.outcomes.size());
  for (std::size_t i = 0; i < a.outcomes.size(); ++i)
    ASSERT_EQ(fields(a.outcomes[i]), fields(b.outcomes[i])) << "path " << i;
  EXPECT_EQ(a.symbols, b.symbols);
  EXPECT_EQ(a.survivors, b.survivors);
}

/// One of each kind of members.
inline std::vector<Kind> member_kinds() {
  return {{"product", product}, {"needle", needle}, {"table", table}, {"pool", pool}};
}

}  // namespace wend::test
