// Trained estimates with a floor, over an oracle whose rows sum to at most 1: the guarantee is
// proven, and the draws have the exact law. What is swept or derived of trained estimates is right.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "host/adapt/adapted_instance.hpp"
#include "host/adapt/best_first.hpp"
#include "host/adapt/fit.hpp"
#include "host/adapt/row_source.hpp"
#include "tests/support/chi_square.hpp"
#include "tests/support/kept_draws.hpp"
#include "tests/support/model_oracles.hpp"
#include "wend/error.hpp"
#include "wend/sample.hpp"

namespace wend::test {
namespace {

constexpr double kLevel = 1e-6;  // of four comparisons
constexpr std::uint32_t kSymbols = 3;
constexpr std::uint32_t kHorizon = 7;
constexpr std::uint64_t kDraws = 6'000;

/// Probabilities of a next symbol, of which most last ones are forbidden.
class Constrained final : public BatchOracle {
 public:
  Constrained() {
    traits_.name = "constrained";
    traits_.alphabet = kSymbols;
    traits_.horizon = kHorizon;
    traits_.ratio_bound.assign(kHorizon, 1.0);
    traits_.kappa_by_depth.assign(kHorizon, 1.0);
    traits_.kappa_why = "rows of probabilities";
  }
  [[nodiscard]] const OracleTraits& traits() const override { return traits_; }
  void expand(std::uint32_t /*context*/, const OracleBatch& batch,
              const OracleRows& rows) override {
    for (std::uint32_t i = 0; i < batch.size; ++i)
      row({batch.prefix[i], batch.prefix[i] + batch.depth[i]}, rows.log_ratio + i * kSymbols);
  }
  static void row(const std::vector<std::uint32_t>& prefix, float* logs) {
    std::uint64_t hash = 3;
    for (const std::uint32_t symbol : prefix) hash = kernels::extend_prefix(hash, symbol);
    double sum = 0;
    for (std::uint32_t c = 0; c < kSymbols; ++c)
      sum += 0.1 + unit_of(kernels::extend_prefix(hash, c));
    for (std::uint32_t c = 0; c < kSymbols; ++c) {
      const double unit = unit_of(kernels::extend_prefix(hash, c));
      const bool allowed = prefix.size() + 1 < kHorizon || unit_of(hash ^ (c + 1)) < 0.15;
      logs[c] = allowed ? static_cast<float>(std::log((0.1 + unit) / sum) - 1e-6) : kNothing;
    }
  }

 private:
  OracleTraits traits_;
};

std::map<std::vector<std::uint32_t>, double> law() {
  std::map<std::vector<std::uint32_t>, double> found;
  std::vector<std::uint32_t> prefix;
  const auto gather = [&](const auto& self, double log) -> void {
    if (prefix.size() == kHorizon) {
      found[prefix] = std::exp(log);
      return;
    }
    std::vector<float> logs(kSymbols);
    Constrained::row(prefix, logs.data());
    for (std::uint32_t c = 0; c < kSymbols; ++c) {
      if (logs[c] == kNothing) continue;
      prefix.push_back(c);
      self(self, log + static_cast<double>(logs[c]));
      prefix.pop_back();
    }
  };
  gather(gather, 0);
  return found;
}

double p_of(const KeptDraws& draws) {
  const auto target = law();
  std::vector<std::uint64_t> counts(target.size());
  std::vector<double> masses;
  for (const auto& [leaf, mass] : target) masses.push_back(mass);
  for (std::uint64_t i = 0; i < kDraws; ++i) {
    const auto first = draws.symbols.begin() + static_cast<std::ptrdiff_t>(i * kHorizon);
    const auto at = target.find({first, first + kHorizon});
    if (at == target.end()) return 0;
    ++counts[static_cast<std::size_t>(std::distance(target.begin(), at))];
  }
  return chi_square_p(counts, masses);
}

class AdaptFloorOf : public testing::TestWithParam<Algorithm> {};

TEST_P(AdaptFloorOf, IsProvenAndExact) {
  const auto instance = make_oracle(std::make_shared<Constrained>());
  for (const Adapt adapt : {Adapt::kDepth, Adapt::kBucket}) {
    SampleOptions options;
    options.algorithm = GetParam();
    options.adapt = adapt;
    options.adapt_floor = 0.25;
    options.scouts = 200;
    options.samples = kDraws;
    options.chains = kDraws;
    options.seed = 5;
    const Ran ran(*instance, options);
    EXPECT_EQ(ran.result.guarantee.kind, GuaranteeKind::kProven) << ran.result.guarantee.why;
    ASSERT_TRUE(ran.result.guarantee.tv);
    EXPECT_LT(*ran.result.guarantee.tv, 0.011);
    // The sum of what is proven by depth, at most (H - 1) / 0.25 + 1; three times that, for what
    // rounding does to a ratio is not known.
    EXPECT_LE(*ran.result.relaxation, 4 * (kHorizon - 1) + 1.001);
    EXPECT_GT(p_of(ran.draws), kLevel);
  }
}

INSTANTIATE_TEST_SUITE_P(Walks, AdaptFloorOf,
                         testing::Values(Algorithm::kJerrumSinclair, Algorithm::kLifted));

/// States what Constrained does, but most of its rows sum to more.
class Overstated final : public BatchOracle {
 public:
  explicit Overstated(double sum) : traits_(Constrained().traits()), sum_(sum) {
    traits_.name = "overstated";
  }
  [[nodiscard]] const OracleTraits& traits() const override { return traits_; }
  void expand(std::uint32_t /*context*/, const OracleBatch& batch,
              const OracleRows& rows) override {
    for (std::uint32_t i = 0; i < batch.size; ++i) {
      const double sum = batch.depth[i] == 0 || batch.prefix[i][0] == 0 ? 1 : sum_;
      std::fill_n(rows.log_ratio + i * kSymbols, kSymbols,
                  static_cast<float>(std::log(sum / kSymbols)));
    }
  }

 private:
  OracleTraits traits_;
  double sum_;
};

// What is stated is what the bounds are made of: no guarantee without a look at it.
TEST_P(AdaptFloorOf, RefusesRowsThatBreakWhatIsStated) {
  SampleOptions options;
  options.algorithm = GetParam();
  options.adapt = Adapt::kAuto;
  options.adapt_floor = 0.1;
  options.samples = 100;
  options.chains = 100;
  options.seed = 3;
  EXPECT_EQ(Ran(*make_oracle(std::make_shared<Overstated>(1.0)), options).result.guarantee.kind,
            GuaranteeKind::kProven);
  try {
    const Ran ran(*make_oracle(std::make_shared<Overstated>(1.05)), options);
    FAIL() << ran.result.guarantee.why;
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what())
                  .find("are 1.05 times the node's, more than the stated ratio_bound 1"),
              std::string::npos)
        << error.what();
  }
}

// mu <= kappa_h w V at every node, with what the adapted instance states, by the exact masses.
TEST(AdaptFloor, StatedBoundsHoldAtEveryNode) {
  const auto instance = make_oracle(std::make_shared<Constrained>());
  const auto target = law();
  const auto oracle =
      std::get<ModelOracle>(instance->compile(kernels::Walk::kLifted, Correction::kNone));
  const std::atomic<bool> stop{false};
  for (const double floor : {0.0, 0.05, 0.5}) {
    for (const bool backed_up : {false, true}) {
      const auto tree = std::make_shared<ExploredTree>();
      RowSource source(oracle, 1, 0);
      explore_best_first(TrainedEstimate(NodeValue::none(kHorizon)), 120, source, *tree, stop);
      const NodeValue value = fit_value(*tree, {.horizon = kHorizon,
                                                .buckets = source.buckets(),
                                                .backed_up = backed_up,
                                                .least = floor,
                                                .at_most_one = true});
      const TrainedEstimate estimate =
          backed_up ? TrainedEstimate(value, *tree) : TrainedEstimate(value);
      const AdaptedInstance adapted(
          *instance, oracle,
          std::make_shared<Training>(Training{tree, estimate, source.own_buckets()}));
      const std::vector<double>& kappa = adapted.facts().kappa_by_depth;
      ASSERT_EQ(kappa.size(), kHorizon);
      EXPECT_EQ(kappa.back(), 1);
      if (floor > 0) {
        EXPECT_LE(*std::ranges::max_element(kappa), 1.0001 / floor);
      }
      // Walk down every path with mass: the product of trained ratios is w V over the root's.
      std::map<std::vector<std::uint32_t>, double> masses;
      for (const auto& [leaf, mass] : target)
        for (std::uint32_t h = 1; h <= kHorizon; ++h)
          masses[{leaf.begin(), leaf.begin() + h}] += mass;
      double largest = 0;
      for (const auto& [prefix, mass] : masses) {
        if (prefix.size() == kHorizon) continue;
        double log_base = 0;
        std::vector<std::uint32_t> part;
        for (const std::uint32_t symbol : prefix) {
          std::vector<float> logs(kSymbols);
          Constrained::row(part, logs.data());
          log_base += static_cast<double>(logs[symbol]);
          part.push_back(symbol);
        }
        const auto node = tree->find(prefix);
        const double log_v =
            estimate.knows(node)
                ? estimate.log_factor(*tree, node)
                : value.at(static_cast<std::uint32_t>(prefix.size()), prefix.back());
        const double ratio = mass / std::exp(log_base + log_v);
        EXPECT_LE(ratio, kappa[prefix.size() - 1] * (1 + 1e-6));
        largest = std::max(largest, ratio);
      }
      if (floor == 0) {
        EXPECT_GT(largest, 1.01);  // training has made some too low
      }
    }
  }
}

}  // namespace
}  // namespace wend::test
