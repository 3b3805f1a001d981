#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "host/oracles/class_members.hpp"

namespace wend::testing {

using Symbols = std::vector<std::uint32_t>;

inline double prefix_mass(const ClassMembers& members, std::uint64_t position,
                          const Symbols& prefix) {
  return std::exp(
      log_prefix_mass(members, position, prefix.data(), static_cast<std::uint32_t>(prefix.size())));
}

/// All prefixes of `depth` symbols, in order.
inline std::vector<Symbols> prefixes(std::uint32_t alphabet, std::uint32_t depth) {
  std::vector<Symbols> all{{}};
  for (std::uint32_t h = 0; h < depth; ++h) {
    std::vector<Symbols> longer;
    for (const Symbols& prefix : all) {
      for (std::uint32_t c = 0; c < alphabet; ++c) {
        longer.push_back(prefix);
        longer.back().push_back(static_cast<std::uint32_t>(c));
      }
    }
    all = std::move(longer);
  }
  return all;
}

/// A prefix's mass is the sum of its children's, and the leaves' sum to one, for every member.
inline void expect_normalised(const ClassMembers& members) {
  for (std::uint32_t i = 0; i < count(members); ++i) {
    double total = 0;
    for (const Symbols& leaf : prefixes(alphabet(members), horizon(members)))
      total += prefix_mass(members, i, leaf);
    EXPECT_NEAR(total, 1.0, 1e-12) << "member " << i;
    for (std::uint32_t depth = 0; depth < horizon(members); ++depth) {
      for (const Symbols& prefix : prefixes(alphabet(members), depth)) {
        double below = 0;
        for (std::uint32_t c = 0; c < alphabet(members); ++c) {
          Symbols child = prefix;
          child.push_back(static_cast<std::uint32_t>(c));
          below += prefix_mass(members, i, child);
        }
        EXPECT_NEAR(below, prefix_mass(members, i, prefix), 1e-14) << "member " << i;
      }
    }
  }
}

/// Selected members have the masses that they had, to the last bit.
inline void expect_selectable(const ClassMembers& members) {
  std::vector<std::uint32_t> positions;
  for (std::uint32_t i = 1; i < count(members); i += 2) positions.push_back(i);
  const ClassMembers selected = select_members(members, positions);
  ASSERT_EQ(count(selected), positions.size());
  EXPECT_EQ(alphabet(selected), alphabet(members));
  EXPECT_EQ(horizon(selected), horizon(members));
  EXPECT_LE(table_bytes(selected), table_bytes(members));
  for (std::uint32_t i = 0; i < positions.size(); ++i)
    for (const Symbols& leaf : prefixes(alphabet(members), horizon(members)))
      ASSERT_EQ(log_prefix_mass(selected, i, leaf.data(), horizon(members)),
                log_prefix_mass(members, positions[i], leaf.data(), horizon(members)));
}

/// What all class members must meet; for small horizons, since all leaves are tried.
inline void expect_lawful(const ClassMembers& members) {
  expect_normalised(members);
  expect_selectable(members);
}

}  // namespace wend::testing
