// What Algorithm::kAuto chooses on a grid of instances, against all algorithms that fit: it takes
// at most 1.5 times the queries of the cheapest, and its law is within the delta that was asked.
//
// Costs are those of runs, of as many samples as take 10,000 leaf visits, or of 1,000. Seeds are
// fixed: what is here holds on every machine. Had they been drawn anew, a chi-square below 1e-6
// would be a false alarm once in 25,000 times that this test ran.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/instances/instance.hpp"
#include "host/run/choose.hpp"
#include "tests/support/chi_square.hpp"
#include "tests/support/instance_tree.hpp"
#include "tests/support/kept_draws.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/visit_distance.hpp"

namespace wend::test {
namespace {

constexpr double kMostLeaves = 64;  // of the trees whose laws are worked out
constexpr double kWorst = 1.5;
const std::atomic<bool> kNoStop{false};

std::string noise(const char* model, double kappa, int seed) {
  return fmt::format(R"({{"kind": "noise", "model": "{}", "kappa": {}, "seed": {}}})", model, kappa,
                     seed);
}

std::string tree(int alphabet, int horizon, const std::string& estimate) {
  std::string masses;
  const auto leaves = static_cast<int>(std::pow(alphabet, horizon));
  for (int leaf = 0; leaf < leaves; ++leaf)
    masses +=
        fmt::format("{}{}", leaf == 0 ? "" : ", ", leaf * 7919 % 8 == 7 ? 0 : 1 + leaf * 37 % 23);
  return fmt::format(
      R"({{"wend": 1, "kind": "tree", "alphabet": {}, "horizon": {}, "leaf_mass": [{}],
          "estimate": {}}})",
      alphabet, horizon, masses, estimate);
}

std::string knapsack(int items, const std::string& estimate) {
  std::string weights;
  for (int i = 0; i < items; ++i)
    weights += fmt::format("{}{}", i == 0 ? "" : ", ", 1 + i * 29 % 31);
  return fmt::format(
      R"({{"wend": 1, "kind": "knapsack", "weights": [{}], "capacity": {}, "estimate": {}}})",
      weights, items * 5, estimate);
}

std::string ngram(int horizon, const std::string& constraints, const std::string& estimate) {
  return fmt::format(
      R"({{"wend": 1, "kind": "ngram", "corpus": "words.txt", "order": 2, "horizon": {}{},
          "smoothing": 0.01, "estimate": {}}})",
      horizon, constraints, estimate);
}

std::vector<std::string> grid() {
  std::vector<std::string> all;
  for (const double kappa : {1.01, 1.1, 1.5, 2.0, 4.0, 8.0}) {
    for (const char* model : {"iid", "sign"}) {
      all.push_back(tree(2, 6, noise(model, kappa, 3)));
      all.push_back(tree(2, 10, noise(model, kappa, 4)));
    }
    all.push_back(tree(4, 4, noise("iid", kappa, 5)));
  }
  all.push_back(tree(3, 4, R"({"kind": "exact"})"));
  for (const double kappa : {1.01, 1.05, 1.5, 4.0}) {
    all.push_back(knapsack(14, noise("iid", kappa, 1)));
    all.push_back(knapsack(24, noise("sign", kappa, 2)));
  }
  for (const double kappa : {1.01, 1.05}) all.push_back(knapsack(40, noise("iid", kappa, 1)));
  for (const int horizon : {24, 30}) all.push_back(knapsack(horizon, noise("sign", 6, 9)));
  for (const int items : {20, 40})
    for (const double kappa : {2.0, 64.0})
      all.push_back(knapsack(items, fmt::format(R"({{"kind": "rounded", "kappa": {}}})", kappa)));
  for (const int horizon : {6, 12}) {
    for (const int depth : {1, 3})
      all.push_back(ngram(horizon, R"(, "require": ["in"])",
                          fmt::format(R"({{"kind": "lookahead", "depth": {}}})", depth)));
    for (const double kappa : {1.02, 2.0})
      all.push_back(ngram(horizon, R"(, "forbid": ["an"])", noise("iid", kappa, 6)));
  }
  return all;
}

/// The target's masses of all leaves, and which of them each draw is.
double chi_square_of(const Instance& instance, Algorithm algorithm) {
  SampleOptions options;
  options.algorithm = algorithm;
  options.samples = 4000;
  options.seed = 5;
  options.backend = Backend::kCpu;
  const Ran ran(instance, options);
  const InstanceFacts& facts = instance.facts();
  const auto leaves = static_cast<std::size_t>(std::pow(facts.alphabet, facts.horizon));
  std::vector<double> law(leaves);
  std::vector<std::uint32_t> symbols(facts.horizon);
  for (std::size_t leaf = 0; leaf < leaves; ++leaf) {
    std::size_t rest = leaf;
    for (std::uint32_t h = facts.horizon; h-- > 0; rest /= facts.alphabet)
      symbols[h] = static_cast<std::uint32_t>(rest % facts.alphabet);
    law[leaf] = std::exp(instance.log_mass(symbols.data()));
  }
  std::vector<std::uint64_t> counts(leaves);
  for (std::uint64_t draw = 0; draw < options.samples; ++draw) {
    std::size_t leaf = 0;
    for (std::uint32_t h = 0; h < facts.horizon; ++h)
      leaf = leaf * facts.alphabet + ran.draws.symbols[draw * facts.horizon + h];
    ++counts.at(leaf);
  }
  return chi_square_p(counts, law);
}

/// Queries a sample of a long run, which ends where they are more than `limit`; nullopt where
/// nothing was drawn by then.
std::optional<double> cost_of(const Instance& instance, const Candidate& candidate, double limit) {
  SampleOptions options;
  options.algorithm = candidate.algorithm;
  options.seed = 99;
  options.backend = Backend::kCpu;
  options.samples = 1000;
  if (candidate.thin != 0)
    options.samples = static_cast<std::uint64_t>(std::clamp(10000.0 / candidate.thin, 16.0, 2e3));
  else
    options.max_queries = static_cast<std::uint64_t>(limit * 1000);
  const SampleResult run = sample(instance, options, nullptr, kNoStop);
  if (run.drawn == 0) return std::nullopt;
  return static_cast<double>(run.totals.queries) / static_cast<double>(run.drawn);
}

TEST(ChoiceGrid, IsNearlyTheCheapestAndWithinDelta) {
  const testing::TemporaryFolder folder;
  static_cast<void>(folder.add(
      "words.txt", "and\nin\nthe\ninto\nwant\nwind\nrain\nthen\nthat\nhand\ntin\nin\nninth\n"));
  std::map<Algorithm, int> chosen;
  double worst = 0;
  const std::vector<std::string> all = grid();
  EXPECT_GE(all.size(), 40U);
  for (const std::string& text : all) {
    SCOPED_TRACE(text.size() < 600 ? text
                                   : text.substr(0, 60) + " .. " + text.substr(text.size() - 120));
    const auto instance = load_instance(folder.add("i.json", text));
    SampleOptions options;
    options.seed = 20261127;
    const Choice choice = choose_algorithm(*instance, options, {}, {}, kNoStop);
    ++chosen[choice.best().algorithm];
    EXPECT_EQ(choice.best().guarantee, GuaranteeKind::kProven);

    // Walks first: what takes much longer than they do need not be waited for.
    double best = HUGE_VAL;
    double own = HUGE_VAL;
    for (const Candidate& candidate : choice.candidates) {
      if (!candidate.unfit.empty()) continue;
      const std::optional<double> cost = cost_of(*instance, candidate, 2 * best);
      if (!cost) continue;
      // What is not within the delta that was asked is no rival.
      if (candidate.tv && *candidate.tv <= 2 * options.delta) best = std::min(best, *cost);
      if (candidate.algorithm == choice.best().algorithm) own = *cost;
    }
    EXPECT_LE(own, kWorst * best) << choice.why;
    worst = std::max(worst, own / best);

    const double leaves = std::pow(instance->facts().alphabet, instance->facts().horizon);
    if (leaves > kMostLeaves) continue;
    if (choice.best().thin == 0) {
      EXPECT_GT(chi_square_of(*instance, choice.best().algorithm), 1e-6);
    } else {
      EXPECT_LE(
          distance_at(tree_of(*instance), choice.best().algorithm, choice.best().first_visits),
          options.delta);
    }
  }
  RecordProperty("worst", ::testing::PrintToString(worst));
  // The grid has instances for both; where they alone are, whatever is chosen would pass.
  EXPECT_GE(chosen[Algorithm::kLifted], 8);
  EXPECT_GE(chosen[Algorithm::kSequential], 8);
}

}  // namespace
}  // namespace wend::test
