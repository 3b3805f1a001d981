// Tours against exact laws. Where tours are drawn, seeds are fixed and the alarm is raised at five
// standard deviations or p < 1e-6: false alarms, had the seeds been random, 1 in 10^4 in all.
#include "host/engines/cpu/tours.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "host/instances/tree/masses.hpp"
#include "host/oracles/walk_of.hpp"
#include "kernels/random/philox.hpp"
#include "tests/support/chi_square.hpp"
#include "tests/support/parity_oracles.hpp"
#include "tests/support/small_trees.hpp"
#include "tests/support/tour_law.hpp"
#include "wend/counters.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

constexpr double kAlarm = 1e-6;
constexpr std::uint64_t kSeed = 20260607;
const std::atomic<bool> kGoOn{false};

constexpr std::array kWalks = {Algorithm::kJerrumSinclair, Algorithm::kLifted,
                               Algorithm::kSequential};

CpuTourEngine engine_of(const Oracle& oracle, Algorithm algorithm, std::uint64_t chains = 5,
                        unsigned threads = 1) {
  return {oracle, walk_of(algorithm), chains, kSeed, kernels::kPurposeTours, threads};
}

Oracle compile(const test::SmallTree& tree, Algorithm algorithm) {
  TreeMasses masses;
  masses.alphabet = tree.alphabet;
  masses.horizon = tree.horizon;
  masses.leaf_mass = [&tree](std::uint64_t leaf) { return tree.w[tree.first_leaf() + leaf]; };
  masses.estimate = [&tree](std::uint32_t depth, std::uint64_t index, double) {
    return tree.w[tree.end_of_depth(depth - 1) + index];
  };
  return compile_tree_oracle(masses, walk_of(algorithm), Correction::kWeight);
}

double root_sum(const test::SmallTree& tree) {
  const auto children = tree.children(1);
  return std::accumulate(children.begin(), children.end(), 0.0);
}

struct Means {
  double tours = 0;
  double visits = 0;
  double squares = 0;

  explicit Means(const CpuTourEngine& engine) {
    for (const ChainTours& chain : engine.tours()) {
      for (const std::uint32_t n : chain.visits) {
        ++tours;
        visits += n;
        squares += static_cast<double>(n) * n;
      }
    }
  }
  [[nodiscard]] double mean() const { return visits / tours; }
  [[nodiscard]] double error() const {
    return std::sqrt(std::max(squares / tours - mean() * mean(), 0.0) / tours);
  }
};

// E[N] = Z / S(root) for every estimate. The exact law is checked to it, without sampling; the
// engine's tours are checked to the law.
TEST(Tours, VisitsFollowTheirExactLaw) {
  for (const test::Case& one : test::cases()) {
    if (one.tree.nodes() > 70) continue;
    const double expected = one.tree.mass[1] / root_sum(one.tree);
    for (const Algorithm algorithm : {Algorithm::kJerrumSinclair, Algorithm::kLifted}) {
      const std::string name = one.name + ", " + std::string(to_string(algorithm));
      const bool directed = kernels::is_directed(walk_of(algorithm));
      const std::vector<double> long_law = test::visits_law(one.tree, directed, 1000);
      double mean = 0;
      for (std::size_t n = 0; n + 1 < long_law.size(); ++n)
        mean += static_cast<double>(n) * long_law[n];
      EXPECT_NEAR(mean, expected, 1e-9 * expected) << name;

      const Oracle oracle = compile(one.tree, algorithm);
      CpuTourEngine engine = engine_of(oracle, algorithm);
      engine.advance({.tours = 2000}, kGoOn);
      const Means found(engine);
      EXPECT_EQ(found.tours, 10000) << name;
      EXPECT_NEAR(found.mean(), expected, 5 * found.error() + 1e-9) << name;
      const std::size_t cells = 12;
      std::vector<std::uint64_t> counts(cells + 1, 0);
      for (const ChainTours& chain : engine.tours())
        for (const std::uint32_t n : chain.visits) ++counts[std::min<std::size_t>(n, cells)];
      EXPECT_GT(test::chi_square_p(counts, test::visits_law(one.tree, directed, cells)), kAlarm)
          << name;
    }
  }
}

// Leaves are visited in proportion to their masses: E[visits of x] = g(x) / S(root).
TEST(Tours, LeavesAreVisitedByTheirMasses) {
  const test::Case one = test::make_case(3, 3, test::Masses::kSpread, test::Estimate::kSign, 3, 8);
  const test::SmallTree& tree = one.tree;
  for (const Algorithm algorithm : {Algorithm::kJerrumSinclair, Algorithm::kLifted}) {
    const Oracle oracle = compile(tree, algorithm);
    CpuTourEngine engine = engine_of(oracle, algorithm);
    engine.advance({.tours = 20000, .records = true}, kGoOn);
    const std::size_t leaves = tree.nodes() - tree.first_leaf();
    std::vector<double> sums(leaves, 0.0);
    std::vector<double> squares(leaves, 0.0);
    double tours = 0;
    for (const ChainTours& chain : engine.tours()) {
      std::size_t at = 0;
      for (const std::uint32_t n : chain.visits) {
        std::vector<double> counts(leaves, 0.0);
        for (std::uint32_t visit = 0; visit < n; ++visit)
          counts[chain.records[at++] - tree.first_leaf()] += 1;
        for (std::size_t leaf = 0; leaf < leaves; ++leaf) {
          sums[leaf] += counts[leaf];
          squares[leaf] += counts[leaf] * counts[leaf];
        }
        ++tours;
      }
      EXPECT_EQ(at, chain.records.size());
    }
    for (std::size_t leaf = 0; leaf < leaves; ++leaf) {
      const double mean = sums[leaf] / tours;
      const double error = std::sqrt((squares[leaf] / tours - mean * mean) / tours);
      EXPECT_NEAR(mean, tree.w[tree.first_leaf() + leaf] / root_sum(tree), 5 * error)
          << to_string(algorithm) << ", leaf " << leaf;
    }
  }
}

// An estimate without error makes every tour of the lifted walk visit one leaf, and every proposal
// of the sequential one a draw.
TEST(Tours, ExactEstimatesGiveOneVisit) {
  const test::Case one = test::make_case(2, 5, test::Masses::kSpread, test::Estimate::kExact, 1, 3);
  for (const Algorithm algorithm : {Algorithm::kLifted, Algorithm::kSequential}) {
    const Oracle oracle = compile(one.tree, algorithm);
    CpuTourEngine engine = engine_of(oracle, algorithm);
    engine.advance({.tours = 500}, kGoOn);
    const Means found(engine);
    EXPECT_NEAR(found.mean(), 1, 1e-6);  // rows are integers over 2^32
    EXPECT_NEAR(static_cast<double>(engine.oracle_queries()), 2 * (5 + 2500 * 4), 20);
  }
}

struct Found {
  std::vector<std::vector<std::uint32_t>> visits;
  std::vector<std::vector<std::uint32_t>> records;
  ChainState state;

  /// What lies on a path below the chain is left over, and does not count.
  [[nodiscard]] bool same_chains(const Found& other) const {
    bool equal = true;
    for_each_column([&](const auto& a, const auto& b) { equal = equal && a == b; }, state,
                    other.state);
    return equal;
  }
  bool operator==(const Found& other) const {
    return visits == other.visits && records == other.records && same_chains(other);
  }
};

// `rounds`: tours a chain, round after round.
Found collect(CpuTourEngine& engine, const std::vector<std::uint64_t>& rounds,
              TourRequest request) {
  Found found;
  found.visits.resize(engine.tours().size());
  found.records.resize(engine.tours().size());
  for (const std::uint64_t tours : rounds) {
    request.tours = tours;
    engine.advance(request, kGoOn);
    for (std::size_t chain = 0; chain < engine.tours().size(); ++chain) {
      const ChainTours& more = engine.tours()[chain];
      found.visits[chain].insert(found.visits[chain].end(), more.visits.begin(), more.visits.end());
      found.records[chain].insert(found.records[chain].end(), more.records.begin(),
                                  more.records.end());
    }
  }
  found.state = engine.state();
  return found;
}

TEST(Tours, DependOnNothingButTheirSeed) {
  for (const test::OracleCase& one : test::oracle_cases()) {
    for (const Algorithm algorithm : kWalks) {
      const std::string name = one.name + ", " + std::string(to_string(algorithm));
      const Oracle oracle = one.make(algorithm);
      const TourRequest request{.records = true};
      CpuTourEngine first = engine_of(oracle, algorithm, 11, 1);
      const Found all = collect(first, {300}, request);
      for (const unsigned threads : {2U, 7U}) {
        CpuTourEngine engine = engine_of(oracle, algorithm, 11, threads);
        EXPECT_EQ(collect(engine, {1, 2, 97, 200}, request), all) << name << ", " << threads;
      }
      // Counting alone takes the same tours.
      CpuTourEngine counting = engine_of(oracle, algorithm, 11, 2);
      const Found counted = collect(counting, {299, 1}, {});
      EXPECT_EQ(counted.visits, all.visits) << name;
      EXPECT_TRUE(counted.same_chains(all)) << name;
      // Fewer chains are the first ones.
      CpuTourEngine fewer = engine_of(oracle, algorithm, 3, 1);
      const Found some = collect(fewer, {300}, request);
      for (std::size_t chain = 0; chain < 3; ++chain)
        EXPECT_EQ(some.records[chain], all.records[chain]) << name;

      const Counters totals = reconcile(all.state, algorithm, alphabet(oracle),
                                        first.oracle_queries(), horizon(oracle));
      const auto total = [](const auto& lists) {
        std::uint64_t sum = 0;
        for (const auto& list : lists) sum = std::accumulate(list.begin(), list.end(), sum);
        return sum;
      };
      EXPECT_EQ(totals.leaf_visits, total(all.visits)) << name;
      EXPECT_EQ(first.unfinished(), 0) << name;
      for (std::uint64_t chain = 0; chain < 11; ++chain) {
        EXPECT_EQ(first.progress()[chain].tours, 300) << name;
        if (algorithm != Algorithm::kSequential) {
          EXPECT_EQ(all.state.depth[chain], 0) << name;
        }
      }
    }
  }
}

TEST(Tours, AreOverOnceTheQueriesAreAsked) {
  for (const Algorithm algorithm : kWalks) {
    const Oracle oracle = test::tree_oracle(3, 5, algorithm);
    CpuTourEngine whole = engine_of(oracle, algorithm, 4, 1);
    const Found all = collect(whole, {10000}, {});
    // Of so many in a row, some are reached exactly.
    for (std::uint64_t expansions = 1000; expansions < 1016; ++expansions) {
      CpuTourEngine engine = engine_of(oracle, algorithm, 4, 2);
      const Found found = collect(engine, {10, 500, 10000, 10000}, {.expansions = expansions});
      EXPECT_EQ(engine.unfinished(), 0);
      for (std::size_t chain = 0; chain < 4; ++chain) {
        // The first tours of the chain, up to the one that has gone past the limit.
        ASSERT_LT(found.visits[chain].size(), all.visits[chain].size());
        EXPECT_TRUE(std::equal(found.visits[chain].begin(), found.visits[chain].end(),
                               all.visits[chain].begin()));
        EXPECT_GE(found.state.expansions[chain], expansions);
        CpuTourEngine shorter = engine_of(oracle, algorithm, 4, 1);
        collect(shorter, {found.visits[chain].size() - 1}, {});
        EXPECT_LT(shorter.state().expansions[chain], expansions);
      }
    }
  }
}

TEST(Tours, StepLimitCutsTheLastTourOff) {
  for (const test::OracleCase& one : test::oracle_cases()) {
    for (const Algorithm algorithm : kWalks) {
      const Oracle oracle = one.make(algorithm);
      for (const std::uint64_t steps : {0U, 1U, 4U, 150U, 1001U}) {
        const TourRequest request{.records = true, .steps = steps};
        CpuTourEngine engine = engine_of(oracle, algorithm, 6, 1);
        const Found found = collect(engine, {100000}, request);
        CpuTourEngine other = engine_of(oracle, algorithm, 6, 3);
        EXPECT_EQ(collect(other, {1, 5, 100000, 100000}, request), found) << one.name;
        std::uint64_t unfinished = 0;
        const std::uint64_t limit = (steps + 3) / 4 * 4;
        for (std::size_t chain = 0; chain < 6; ++chain) {
          EXPECT_EQ(found.state.steps[chain], limit) << one.name;
          const std::uint64_t visits = std::accumulate(found.visits[chain].begin(),
                                                       found.visits[chain].end(), std::uint64_t{0});
          EXPECT_EQ(found.records[chain].size(), visits * record_words(oracle));
          const bool at_end =
              found.state.depth[chain] == 0 ||
              (algorithm == Algorithm::kSequential && found.state.depth[chain] == horizon(oracle));
          if (!at_end) ++unfinished;
        }
        EXPECT_EQ(engine.unfinished(), unfinished) << one.name;
        reconcile(found.state, algorithm, alphabet(oracle), engine.oracle_queries(),
                  horizon(oracle));
      }
    }
  }
}

TEST(Tours, StoppedBeforeTheyBegin) {
  const Oracle oracle = test::tree_oracle(2, 9, Algorithm::kLifted);
  CpuTourEngine engine = engine_of(oracle, Algorithm::kLifted);
  const std::atomic<bool> stop{true};
  engine.advance({.tours = 100, .records = true}, stop);
  for (const ChainTours& chain : engine.tours()) {
    EXPECT_TRUE(chain.visits.empty());
    EXPECT_TRUE(chain.records.empty());
  }
  EXPECT_EQ(engine.oracle_queries(), 5 * 2);
}

}  // namespace
}  // namespace wend
