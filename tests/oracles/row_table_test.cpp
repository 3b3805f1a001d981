#include "host/oracles/row_table.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "kernels/walk/rows.hpp"
#include "kernels/walk/unit_rows.hpp"
#include "tests/support/row_units.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

using kernels::AliasRows;
using kernels::CumulativeRows;
using kernels::ScalarLanes;

constexpr std::uint64_t kDraws = std::uint64_t{1} << 32U;
constexpr std::uint32_t kLastDraw = 0xFFFFFFFFU;

// The outcome that the kernels take for a draw.
std::uint32_t pick(const RowTable& table, std::uint32_t row, std::uint32_t draw) {
  const auto outcome = [&](const auto& rows) {
    const auto picked = rows.template pick<ScalarLanes>(row, draw);
    return picked.up ? 0U : 1U + picked.symbol;
  };
  switch (table.alphabet()) {
    case 2:
      return outcome(CumulativeRows<2>{table.words()});
    case 3:
      return outcome(CumulativeRows<3>{table.words()});
    case 4:
      return outcome(CumulativeRows<4>{table.words()});
    default:
      return outcome(AliasRows{table.words(), table.slot_bits()});
  }
}

// The draws at which the outcome may change, and their neighbours.
std::vector<std::uint32_t> telling_draws(const RowTable& table, std::uint64_t row) {
  std::vector<std::uint64_t> edges = {0, kDraws - 1, kDraws};
  const std::uint64_t stride = RowTable::words_per_row(table.alphabet());
  const std::uint32_t* words = table.words() + row * stride;
  if (table.slot_bits() == 0) {
    for (std::uint64_t i = 0; i < stride; ++i) edges.push_back(words[i]);
  } else {
    for (std::uint64_t slot = 0; slot < stride / 2; ++slot) {
      const std::uint64_t begin = slot << (32U - table.slot_bits());
      edges.push_back(begin);
      edges.push_back(begin + words[2 * slot]);
    }
  }
  std::vector<std::uint32_t> draws;
  for (const std::uint64_t edge : edges) {
    if (edge > 0) draws.push_back(static_cast<std::uint32_t>(edge - 1));
    if (edge < kDraws) draws.push_back(static_cast<std::uint32_t>(edge));
  }
  std::ranges::sort(draws);
  draws.erase(std::unique(draws.begin(), draws.end()), draws.end());
  return draws;
}

// Draws per outcome, counted with the kernels' own decisions: constant between telling draws.
std::vector<std::uint64_t> counted_units(const RowTable& table, std::uint32_t row) {
  std::vector<std::uint64_t> units(table.alphabet() + 1, 0);
  const std::vector<std::uint32_t> draws = telling_draws(table, row);
  for (std::size_t i = 0; i < draws.size(); ++i) {
    const std::uint64_t end = i + 1 < draws.size() ? draws[i + 1] : kDraws;
    units.at(pick(table, row, draws[i])) += end - draws[i];
  }
  return units;
}

std::vector<std::vector<double>> laws(std::uint32_t alphabet) {
  std::mt19937_64 random(alphabet);
  const auto uniform = [&] { return static_cast<double>(random() >> 11U) * 0x1p-53; };
  const std::size_t size = alphabet + 1;
  const double tiny = std::numeric_limits<double>::denorm_min();
  std::vector<std::vector<double>> all;
  const auto add = [&](auto&& weight) {
    std::vector<double> law(size);
    for (std::size_t i = 0; i < size; ++i) law[i] = weight(i);
    all.push_back(law);
  };
  add([](std::size_t) { return 1.0; });
  for (int repeat = 0; repeat < 5; ++repeat) {
    add([&](std::size_t) { return uniform(); });
    add([&](std::size_t) { return std::exp(-40 * uniform()); });
    add([&](std::size_t i) { return i == size / 2 || uniform() < 0.3 ? uniform() : 0.0; });
  }
  for (const std::size_t one : {std::size_t{0}, std::size_t{1}, size - 1}) {
    add([&](std::size_t i) { return i == one ? 3.0 : 0.0; });
    add([&](std::size_t i) { return i == one ? 1.0 : 1e-30; });
    add([&](std::size_t i) { return i == one ? 0.0 : 1.0; });
    add([&](std::size_t i) { return i == one ? tiny : 1e308; });
  }
  add([&](std::size_t) { return tiny; });
  add([&](std::size_t i) { return i % 2 == 0 ? 1e-12 : 1.0; });
  add([&](std::size_t i) { return i < 2 ? 1.0 : 0.0; });
  return all;
}

std::vector<long double> exact_units(const std::vector<double>& law) {
  const double largest = *std::ranges::max_element(law);
  long double sum = 0;
  for (const double weight : law) sum += static_cast<long double>(weight) / largest;
  std::vector<long double> exact;
  exact.reserve(law.size());
  for (const double weight : law)
    exact.push_back(static_cast<long double>(weight) / largest / sum * kDraws);
  return exact;
}

class RowTableOf : public testing::TestWithParam<std::uint32_t> {};

TEST_P(RowTableOf, EveryDrawLeadsToAPossibleOutcome) {
  const std::uint32_t alphabet = GetParam();
  RowTable table(alphabet, 1);
  for (const std::vector<double>& law : laws(alphabet)) {
    table.set(0, law);
    for (const std::uint32_t draw : telling_draws(table, 0)) {
      const std::uint32_t outcome = pick(table, 0, draw);
      ASSERT_LE(outcome, alphabet) << draw;
      ASSERT_GT(law[outcome], 0) << "draw " << draw << ", outcome " << outcome;
    }
    ASSERT_GT(law[pick(table, 0, 0)], 0);
    ASSERT_GT(law[pick(table, 0, kLastDraw)], 0);
  }
}

TEST_P(RowTableOf, UnitsAreNearTheWeights) {
  const std::uint32_t alphabet = GetParam();
  RowTable table(alphabet, 1);
  for (const std::vector<double>& law : laws(alphabet)) {
    table.set(0, law);
    const std::vector<std::uint64_t> units = test::row_units(table, 0);
    EXPECT_EQ(std::accumulate(units.begin(), units.end(), std::uint64_t{0}), kDraws);
    const std::vector<long double> exact = exact_units(law);
    const long double largest = *std::ranges::max_element(exact);
    long double distance = 0;
    int payers = 0;
    for (std::size_t i = 0; i < law.size(); ++i) {
      ASSERT_EQ(units[i] == 0, law[i] == 0) << i;
      const long double error = std::abs(static_cast<long double>(units[i]) - exact[i]);
      distance += error / 2;
      // A unit each, less its share of the others' units, and one for the draw 2^32 - 1. The first
      // of those with the most units has what remains.
      const long double share = exact[i] * (static_cast<long double>(alphabet) + 2) / kDraws;
      if (error <= 2.01 + share) continue;
      ++payers;
      ASSERT_GE(exact[i], largest - 2) << i;
      ASSERT_LE(error, alphabet + 2.01) << i;
    }
    EXPECT_LE(payers, 1);
    EXPECT_LE(distance, alphabet + 2.01);
  }
}

TEST_P(RowTableOf, KernelsCountTheSameUnits) {
  RowTable table(GetParam(), 1);
  for (const std::vector<double>& law : laws(GetParam())) {
    table.set(0, law);
    ASSERT_EQ(counted_units(table, 0), test::row_units(table, 0));
  }
}

TEST_P(RowTableOf, UnitsAreThoseOfQuantise) {
  const std::uint32_t alphabet = GetParam();
  RowTable table(alphabet, 1);
  const bool cumulative = table.slot_bits() == 0;
  for (const std::vector<double>& law : laws(alphabet)) {
    table.set(0, law);
    std::vector<std::uint64_t> units(law.size());
    quantise(law, cumulative ? kDraws - 1 : kDraws, units);
    // The last two draws of a cumulative row are one.
    if (cumulative) units[pick(table, 0, kLastDraw)] += 1;
    ASSERT_EQ(test::row_units(table, 0), units);
  }
}

TEST_P(RowTableOf, ScaleDoesNotMatter) {
  RowTable table(GetParam(), 2);
  for (const std::vector<double>& law : laws(GetParam())) {
    if (*std::ranges::max_element(law) > 1e300 || *std::ranges::min_element(law) < 0x1p-900)
      continue;  // scaled by a power of two, these would round
    std::vector<double> scaled = law;
    for (double& weight : scaled) weight *= 0x1p100;
    table.set(0, law);
    table.set(1, scaled);
    EXPECT_EQ(test::row_units(table, 0), test::row_units(table, 1));
  }
}

TEST_P(RowTableOf, RowsDoNotTouchEachOther) {
  const std::uint32_t alphabet = GetParam();
  RowTable table(alphabet, 3);
  std::vector<double> rising(alphabet + 1);
  std::iota(rising.begin(), rising.end(), 1.0);
  table.set(0, rising);
  table.set(2, rising);
  const std::vector<std::uint64_t> units = test::row_units(table, 0);
  std::vector<double> up(alphabet + 1, 0.0);
  up[0] = 1;
  table.set(1, up);
  EXPECT_EQ(test::row_units(table, 0), units);
  EXPECT_EQ(test::row_units(table, 2), units);
  EXPECT_EQ(test::row_units(table, 1)[0], kDraws);
  for (const std::uint32_t draw : telling_draws(table, 1)) EXPECT_EQ(pick(table, 1, draw), 0U);
  std::mt19937 random(1);
  for (int i = 0; i < 1000; ++i)
    EXPECT_EQ(pick(table, 1, static_cast<std::uint32_t>(random())), 0U);
  std::ranges::reverse(rising);
  table.set(1, rising);
  EXPECT_EQ(test::row_units(table, 0), units);
  EXPECT_EQ(test::row_units(table, 2), units);
}

// Whose alias a slot is follows from sums over the outcomes before it, without the sweep that makes
// the table: what a block of threads does that has the units of a row and one draw.
TEST_P(RowTableOf, AliasesFollowFromSums) {
  const std::uint32_t alphabet = GetParam();
  RowTable table(alphabet, 1);
  if (table.slot_bits() == 0) return;
  const auto capacity = static_cast<std::int64_t>(kDraws >> table.slot_bits());
  for (const std::vector<double>& law : laws(alphabet)) {
    table.set(0, law);
    std::vector<std::uint64_t> units(std::size_t{1} << table.slot_bits(), 0);
    quantise(law, kDraws, std::span(units).first(law.size()));
    std::vector<std::pair<std::int64_t, std::uint32_t>>
        excess;                      // of heavy outcomes, up to and with
    std::vector<std::int64_t> room;  // of light ones, up to and with
    for (std::uint32_t i = 0; i < units.size(); ++i) {
      const std::int64_t over = static_cast<std::int64_t>(units[i]) - capacity;
      if (over > 0) excess.emplace_back((excess.empty() ? 0 : excess.back().first) + over, i);
      if (over < 0) room.push_back((room.empty() ? 0 : room.back()) - over);
    }
    std::int64_t before = 0;
    for (std::uint32_t i = 0; i < units.size(); ++i) {
      const auto own = static_cast<std::int64_t>(units[i]);
      std::int64_t threshold = std::min(own, capacity);
      std::uint32_t alias = i;
      if (own < capacity) {
        const auto filler =
            std::ranges::upper_bound(excess, before, {}, &decltype(excess)::value_type::first);
        alias = filler->second;
        before += capacity - own;
      } else if (own > capacity) {
        const auto self = std::ranges::find(excess, i, &decltype(excess)::value_type::second);
        threshold = capacity + self->first - *std::ranges::lower_bound(room, self->first);
        if (threshold < capacity) alias = (self + 1)->second;
      }
      ASSERT_EQ(table.words()[2 * i], threshold) << i;
      if (threshold < capacity) {
        ASSERT_EQ(table.words()[2 * i + 1], alias) << i;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Alphabets, RowTableOf,
                         testing::Values(2U, 3U, 4U, 5U, 7U, 8U, 27U, 255U, 256U, 65535U));

TEST(RowTable, KnownWords) {
  RowTable two(2, 1);
  two.set(0, std::vector<double>{1, 2, 1});
  // Of 2^32 - 1 units each outcome gets one, 1/4, 1/2, 1/4 of the rest, and the largest the last.
  EXPECT_EQ(two.words()[0], 0x40000000U);
  EXPECT_EQ(two.words()[1], 0xBFFFFFFFU);
  RowTable five(5, 1);
  five.set(0, std::vector<double>{0, 1, 1, 0, 1, 1});
  EXPECT_EQ(five.slot_bits(), 3U);
  EXPECT_EQ(test::row_units(five, 0),
            (std::vector<std::uint64_t>{0, 1U << 30U, 1U << 30U, 0, 1U << 30U, 1U << 30U}));
}

TEST(RowTable, Refusals) {
  const auto reason = [](std::uint32_t alphabet, std::uint64_t rows) -> std::string {
    try {
      const RowTable table(alphabet, rows);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kInput);
      return error.what();
    }
    return "";
  };
  EXPECT_NE(reason(0, 1), "");
  EXPECT_NE(reason(1, 1), "");
  EXPECT_NE(reason(262145, 1), "");
  EXPECT_NE(reason(2, kDraws), "");
  EXPECT_NE(reason(65535, kDraws >> 16U), "");
  EXPECT_NE(reason(4, std::numeric_limits<std::uint64_t>::max()), "");
}

// The rows of units stand for the same outcome as the table, at every draw where that may change.
TEST(UnitRows, DecideAsTheAliasTableDoes) {
  std::mt19937_64 random(20261126);
  const auto uniform = [&] { return static_cast<double>(random() >> 11U) * 0x1p-53; };
  for (const std::uint32_t alphabet :
       {5U, 6U, 7U, 8U, 26U, 63U, 64U, 65U, 127U, 255U, 300U, 1000U, 262144U}) {
    for (int kind = 0; kind < 10; ++kind) {
      if (alphabet > 1000 && kind != 2 && kind != 7) continue;  // a second each
      std::vector<double> weights(alphabet + 1);
      for (double& weight : weights) {
        const double u = uniform();
        weight = kind == 0   ? 1.0
                 : kind == 1 ? u
                 : kind == 2 ? std::exp(40 * u)
                 : kind == 3 ? (u < 0.8 ? 0.0 : u)
                 : kind == 4 ? std::pow(u, 30)
                             : 0.0;
      }
      weights[random() % weights.size()] += kind == 1 ? 0.0 : 1.0;  // kind 5: the only one
      // The way up, which is the first outcome, has half of it and more, up to nearly all.
      constexpr double kUp[] = {1, 3, 60, 1e8};
      if (kind >= 6) {
        for (std::size_t i = 1; i < weights.size(); ++i) weights[i] = uniform();
        weights[0] = kUp[kind - 6] * std::accumulate(weights.begin() + 1, weights.end(), 0.0);
      }
      RowTable table(alphabet, 1);
      table.set(0, weights);
      std::vector<std::uint64_t> units(weights.size());
      quantise(weights, kDraws, units);
      std::vector<std::uint32_t> words(kernels::UnitRows::words_per_row(alphabet + 1));
      write_unit_row(units, words);
      const kernels::UnitRows rows{words.data(), alphabet + 1, table.slot_bits()};
      for (const std::uint32_t draw : telling_draws(table, 0))
        ASSERT_EQ(rows.decide(words.data(), draw), pick(table, 0, draw))
            << "A " << alphabet << ", kind " << kind << ", draw " << draw;
      for (int i = 0; i < 1000; ++i) {
        const auto draw = static_cast<std::uint32_t>(random());
        ASSERT_EQ(rows.decide(words.data(), draw), pick(table, 0, draw));
      }
    }
  }
}

}  // namespace
}  // namespace wend
