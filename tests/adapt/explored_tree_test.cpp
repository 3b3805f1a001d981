// What scouts keep: rows that stay where they are, up to a limit that every way of asking heeds,
// and a lower bound of the mass.
#include "host/adapt/explored_tree.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <memory>
#include <variant>
#include <vector>

#include "host/adapt/best_first.hpp"
#include "host/adapt/row_source.hpp"
#include "host/adapt/scout_walk.hpp"
#include "host/instances/instance.hpp"
#include "tests/support/model_oracles.hpp"

namespace wend::test {
namespace {

/// An oracle of hashes to be asked for rows.
class Asked {
 public:
  Asked(std::uint32_t alphabet, std::uint32_t horizon, double spread = 2)
      : instance_(make_oracle(
            std::make_shared<HashOracle>(alphabet, horizon, std::vector<std::uint32_t>{}, spread))),
        oracle(
            std::get<ModelOracle>(instance_->compile(kernels::Walk::kLifted, Correction::kNone))),
        source(oracle, 1, 0),
        untrained(NodeValue::none(horizon)) {}

 private:
  std::shared_ptr<const Instance> instance_;

 public:
  ModelOracle oracle;
  RowSource source;
  TrainedEstimate untrained;
  std::atomic<bool> stop{false};
};

std::vector<ExploredTree::Edge> row_of(std::uint32_t size) {
  std::vector<ExploredTree::Edge> row(size);
  for (std::uint32_t c = 0; c < size; ++c) row[c] = {-1.0 - c, c, 0, ExploredTree::kNone, false};
  return row;
}

TEST(ExploredTree, RowsStayWhereTheyAre) {
  ExploredTree tree;
  std::vector<const ExploredTree::Edge*> places;
  // Many blocks of short rows, and rows that are longer than a block.
  for (std::uint32_t i = 0; i < 3000; ++i) {
    const auto row = row_of(i % 1000 == 7 ? 100'000 : 1 + i % 200);
    tree.add(i == 0 ? ExploredTree::kNone : i - 1, 0, row);
    places.push_back(tree.edges(i).data());
  }
  std::uint64_t edges = 0;
  for (ExploredTree::Node node = 0; node < tree.size(); ++node) {
    const auto row = tree.edges(node);
    EXPECT_EQ(row.data(), places[node]);
    ASSERT_EQ(row.size(), node % 1000 == 7 ? 100'000U : 1 + node % 200);
    EXPECT_EQ(row.back().symbol, row.size() - 1);
    EXPECT_EQ(row[0].node, node + 1 < tree.size() ? node + 1 : ExploredTree::kNone);
    edges += row.size();
  }
  EXPECT_GE(tree.bytes(), edges * sizeof(ExploredTree::Edge));
  EXPECT_LE(tree.bytes(), edges * sizeof(ExploredTree::Edge) + tree.size() * 64);
}

constexpr std::uint64_t kLimit = 1'000'000;
// A round of 64 more, of 40 symbols.
constexpr std::uint64_t kRound = std::uint64_t{64} * (40 * sizeof(ExploredTree::Edge) + 64);

TEST(ExploredTree, NothingIsAskedForOnceItIsFull) {
  Asked asked(40, 6);
  ExploredTree tree(kLimit);
  const std::uint64_t came =
      explore_best_first(asked.untrained, 100'000, asked.source, tree, asked.stop);
  EXPECT_EQ(came, tree.size());
  EXPECT_EQ(came, asked.source.evaluations());
  EXPECT_TRUE(tree.full());
  EXPECT_LE(tree.bytes(), kLimit + kRound);
  EXPECT_EQ(explore_best_first(asked.untrained, 10, asked.source, tree, asked.stop), 0U);
}

TEST(ExploredTree, ScoutsEndWhereItIsFull) {
  Asked asked(40, 6);
  ExploredTree tree(kLimit);
  ScoutWalk scouts(asked.oracle, asked.source, tree, kernels::Walk::kLifted, 3);
  const WalkFindings found = scouts.run(asked.untrained, {64, 100'000, 100'000}, true, asked.stop);
  EXPECT_GT(found.visits, 0U);
  EXPECT_TRUE(tree.full());
  EXPECT_LE(tree.bytes(), kLimit + kRound);
  const std::uint32_t size = tree.size();
  static_cast<void>(scouts.run(asked.untrained, {64, 100'000, 100'000}, true, asked.stop));
  EXPECT_EQ(tree.size(), size);
}

// The frontier of few keeps only what it can come to: the same nodes as that of many.
TEST(ExploredTree, BestFirstOfFewIsTheBeginningOfThatOfMany) {
  Asked asked(60, 5);
  ExploredTree many;
  explore_best_first(asked.untrained, 500, asked.source, many, asked.stop);
  for (const std::uint64_t count : {1U, 2U, 7U, 100U}) {
    ExploredTree few;
    ASSERT_EQ(explore_best_first(asked.untrained, count, asked.source, few, asked.stop), count);
    for (ExploredTree::Node node = 0; node < few.size(); ++node)
      EXPECT_EQ(few.prefix(node), many.prefix(node));
  }
}

TEST(ExploredTree, KnownMassIsALowerBound) {
  if (std::numeric_limits<long double>::digits <= 53) GTEST_SKIP() << "long double is double";
  for (std::uint32_t alphabet = 2; alphabet <= 40; ++alphabet) {
    Asked asked(alphabet, 3, 1 + 0.5 * alphabet);
    ExploredTree tree;
    explore_best_first(asked.untrained, 20'000, asked.source, tree, asked.stop);
    std::vector<long double> logs(tree.size(), 0);
    long double sum = 0;
    for (ExploredTree::Node node = 0; node < tree.size(); ++node)
      for (const ExploredTree::Edge& edge : tree.edges(node)) {
        const long double log = logs[node] + static_cast<long double>(edge.log_ratio);
        if (edge.node != ExploredTree::kNone) logs[edge.node] = log;
        if (edge.leaf) sum += std::exp(log);
      }
    const long double exact = std::log(sum);
    const auto known = static_cast<long double>(tree.log_leaf_mass().value());
    EXPECT_LE(known, exact);
    EXPECT_GE(known, exact - 1e-10L);
  }
}

}  // namespace
}  // namespace wend::test
