// Draws over automata whose states have been merged, against enumeration: chi-square at fixed
// seeds, alarm at p < 1e-6; and the importance weights against the law that they correct.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "host/oracles/state_graph.hpp"
#include "host/oracles/walk_of.hpp"
#include "tests/support/chi_square.hpp"
#include "tests/support/engine_draws.hpp"
#include "wend/bounds.hpp"

namespace wend {
namespace {

constexpr double kAlarm = 1e-6;
constexpr double kWrong = 1e-12;
constexpr double kKappa = 1.5;
constexpr double kNothing = -std::numeric_limits<double>::infinity();
constexpr std::uint32_t kHorizon = 4;
constexpr std::uint32_t kWidth = 5;  // states of a layer

// `dead_ends`: an estimate that sees one symbol ahead only, as if every state lived on.
StateGraph random_graph(std::uint32_t alphabet, bool shared, bool dead_ends) {
  std::mt19937_64 random(23);
  const auto uniform = [&] { return static_cast<double>(random() >> 11U) * 0x1p-53; };
  StateGraph graph;
  graph.alphabet = alphabet;
  graph.horizon = kHorizon;
  graph.shared_transitions = shared;
  graph.layer_begin = {0};
  for (std::uint32_t h = 0; h <= kHorizon; ++h)
    graph.layer_begin.push_back(graph.layer_begin.back() + (h == 0 && !shared ? 1 : kWidth));
  const std::uint64_t sources = shared ? kWidth : graph.layer_begin[kHorizon];
  for (std::uint64_t edge = 0; edge < sources * alphabet; ++edge) {
    const bool cut = edge % alphabet == 1 && uniform() < 0.4;
    auto target = static_cast<std::uint32_t>(random() % kWidth);
    if (edge % (kWidth * alphabet) == 0) target = 0;  // so that something leads to the end
    graph.target.push_back(cut ? StateGraph::kNoState : target);
    graph.log_edge.push_back(cut ? kNothing : std::log(0.2 + uniform()));
  }
  graph.log_mass.assign(graph.layer_begin.back(), 0.0);
  // Of the last layer, states 1 and 3 have no mass.
  graph.log_mass[graph.layer_begin[kHorizon] + 1] = kNothing;
  graph.log_mass[graph.layer_begin[kHorizon] + 3] = kNothing;
  sum_masses(graph);
  EXPECT_GT(graph.log_mass[0], kNothing);
  graph.log_estimate = graph.log_mass;
  for (std::uint64_t s = graph.layer_begin[1]; s < graph.layer_begin[kHorizon]; ++s) {
    const double error = (2 * uniform() - 1) * std::log(kKappa);
    graph.log_estimate[s] = dead_ends ? error : graph.log_mass[s] + error;
  }
  return graph;
}

std::vector<std::uint32_t> spell(std::uint64_t leaf, std::uint32_t alphabet) {
  std::vector<std::uint32_t> symbols(kHorizon);
  for (std::uint32_t h = kHorizon; h-- > 0; leaf /= alphabet)
    symbols[h] = static_cast<std::uint32_t>(leaf % alphabet);
  return symbols;
}

std::vector<double> target(const StateGraph& graph) {
  std::vector<double> law(leaves(graph.alphabet, kHorizon));
  for (std::uint64_t leaf = 0; leaf < law.size(); ++leaf)
    law[leaf] = std::exp(log_mass(graph, spell(leaf, graph.alphabet).data()));
  return law;
}

// g(x) / weight(x), the law of what forward sampling proposes.
std::vector<double> forward_law(const StateGraph& graph) {
  std::vector<double> law = target(graph);
  for (std::uint64_t leaf = 0; leaf < law.size(); ++leaf)
    if (law[leaf] > 0) law[leaf] /= std::exp(log_weight(graph, spell(leaf, graph.alphabet).data()));
  return law;
}

// One draw a chain of a walk, so that draws are independent, after far more visits than automata
// this small need.
test::Draws draws_of(Algorithm algorithm) {
  if (algorithm == Algorithm::kSequential) return {50, 400, 1};
  return {10000, 1, proven_visits(relaxation_bound(4, kHorizon), 1e-3)};
}

class StateLaw : public testing::TestWithParam<Algorithm> {};

TEST_P(StateLaw, DrawsFollowTheTarget) {
  for (const std::uint32_t alphabet : {2U, 3U, 5U}) {
    for (const bool shared : {false, true}) {
      for (const bool dead_ends : {false, true}) {
        const StateGraph graph = random_graph(alphabet, shared, dead_ends);
        const Oracle oracle = compile_state_oracle(graph, walk_of(GetParam()), Correction::kReject);
        const auto counts = test::leaf_counts(oracle, GetParam(), draws_of(GetParam()));
        EXPECT_GT(test::chi_square_p(counts, target(graph)), kAlarm)
            << "A " << alphabet << ", shared " << shared << ", dead ends " << dead_ends;
      }
    }
  }
}

TEST_P(StateLaw, WrongRowsAreSeen) {
  const StateGraph graph = random_graph(3, false, false);
  StateOracle wrong = compile_state_oracle(graph, walk_of(GetParam()), Correction::kReject);
  const std::uint32_t rows = kernels::rows_per_node(walk_of(GetParam()));
  for (std::uint32_t row = 0; row < rows; ++row)
    wrong.rows.set(row, std::vector<double>{0, 1, 0.2, 3});
  const Oracle oracle = std::move(wrong);
  const auto counts = test::leaf_counts(oracle, GetParam(), draws_of(GetParam()));
  EXPECT_LT(test::chi_square_p(counts, target(graph)), kWrong);
}

INSTANTIATE_TEST_SUITE_P(Algorithms, StateLaw,
                         testing::Values(Algorithm::kJerrumSinclair, Algorithm::kLifted,
                                         Algorithm::kSequential),
                         [](const auto& instance) {
                           std::string name(to_string(instance.param));
                           std::erase(name, '-');
                           return name;
                         });

TEST(StateSequential, WeightsAreThoseOfTheForwardLaw) {
  for (const bool shared : {false, true}) {
    for (const bool dead_ends : {false, true}) {
      const StateGraph graph = random_graph(3, shared, dead_ends);
      const std::vector<double> forward = forward_law(graph);
      double sum = 0;
      for (const double probability : forward) sum += probability;
      // What is missing goes down dead ends, if there are any.
      EXPECT_LE(sum, 1 + 1e-12);
      if (!dead_ends) {
        EXPECT_NEAR(sum, 1, 1e-12);
      }
      const Oracle oracle =
          compile_state_oracle(graph, kernels::Walk::kSequential, Correction::kWeight);
      const auto counts =
          test::leaf_counts(oracle, Algorithm::kSequential, draws_of(Algorithm::kSequential));
      EXPECT_GT(test::chi_square_p(counts, forward), kAlarm) << shared << dead_ends;
      EXPECT_LT(test::chi_square_p(counts, target(graph)), kWrong) << shared << dead_ends;
    }
  }
}

// A leaf's mass is told from others to 1e-9, however small it is.
TEST(LogEstimate, KeepsItsDigitsOverALongSequence) {
  StateGraph graph;
  graph.alphabet = 26;
  graph.horizon = 65535;
  graph.shared_transitions = true;
  for (std::uint64_t h = 0; h <= 65536; ++h) graph.layer_begin.push_back(h);
  graph.target.assign(26, 0);
  for (int c = 0; c < 26; ++c) graph.log_edge.push_back(std::log((1 + c) / 351.0));
  graph.log_mass.assign(65536, 0.0);
  graph.log_estimate.assign(65536, 0.0);
  std::vector<std::uint32_t> symbols(65535);
  long double sum = 0;
  std::uint32_t random = 1;
  for (std::uint32_t& symbol : symbols) {
    random = random * 1664525U + 1013904223U;
    symbol = static_cast<std::uint32_t>((random >> 16U) % 26U);
    sum += graph.log_edge[symbol];
  }
  EXPECT_LT(sum, -200000.0L);
  EXPECT_NEAR(static_cast<double>(log_estimate(graph, symbols.data(), 65535) - sum), 0.0, 1e-10);
}

}  // namespace
}  // namespace wend
