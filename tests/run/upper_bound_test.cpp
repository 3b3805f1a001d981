// Oracles whose estimates are upper bounds, S <= w: models of probability times constraints. From a
// leaf the lifted walk climbs straight to the root, and rejection is exact: what is proven of them,
// and the law. Each chi-square raises a false alarm once in a million, had the seeds been random.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/chi_square.hpp"
#include "tests/support/kept_draws.hpp"
#include "tests/support/model_oracles.hpp"
#include "wend/potential.hpp"
#include "wend/sample.hpp"

namespace wend::test {
namespace {

constexpr double kLevel = 1e-6;
constexpr std::uint32_t kSymbols = 4;
constexpr std::uint32_t kHorizon = 6;
constexpr std::uint32_t kEnd = 3;

using Prefix = std::vector<std::uint32_t>;

/// Probabilities of the next symbol, in float; `excess` times them at depth 2.
class Probabilities final : public BatchOracle {
 public:
  explicit Probabilities(double excess = 1) : excess_(excess) {
    traits_.name = "probabilities";
    traits_.alphabet = kSymbols;
    traits_.horizon = kHorizon;
    traits_.end = {kEnd};
    traits_.ratio_bound.assign(kHorizon, 1.0);
  }
  [[nodiscard]] const OracleTraits& traits() const override { return traits_; }

  void expand(std::uint32_t, const OracleBatch& batch, const OracleRows& rows) override {
    for (std::uint32_t i = 0; i < batch.size; ++i) {
      const std::vector<float> logs = row({batch.prefix[i], batch.prefix[i] + batch.depth[i]});
      std::ranges::copy(logs, rows.log_ratio + std::size_t{i} * kSymbols);
    }
  }

  [[nodiscard]] std::vector<float> row(const Prefix& prefix) const {
    std::uint64_t hash = 3;
    for (const std::uint32_t symbol : prefix) hash = kernels::extend_prefix(hash, symbol);
    std::vector<double> weights(kSymbols);
    double sum = 0;
    for (std::uint32_t c = 0; c < kSymbols; ++c)
      sum += weights[c] = std::exp(3 * unit_of(kernels::extend_prefix(hash, c)));
    std::vector<float> logs;
    for (const double weight : weights)
      logs.push_back(
          static_cast<float>(std::log(weight / sum * (prefix.size() == 2 ? excess_ : 1))));
    return logs;
  }

 private:
  OracleTraits traits_;
  double excess_;
};

/// No two equal symbols in a row; a half for each 1.
class NoRepeats final : public Potential {
 public:
  NoRepeats() {
    traits_.name = "no repeats";
    traits_.never_rises = true;
  }
  [[nodiscard]] const PotentialTraits& traits() const override { return traits_; }

  static float value(const Prefix& prefix) {
    float log = 0;
    for (std::size_t h = 0; h < prefix.size(); ++h) {
      if (h > 0 && prefix[h] == prefix[h - 1]) return kNothing;
      if (prefix[h] == 1) log -= 0.6931472F;
    }
    return log;
  }
  void evaluate(std::uint32_t, const OracleBatch& batch, const std::uint32_t*,
                const PotentialRows& rows) override {
    for (std::uint32_t i = 0; i < batch.size; ++i) {
      Prefix prefix(batch.prefix[i], batch.prefix[i] + batch.depth[i]);
      rows.own[i] = value(prefix);
      prefix.push_back(0);
      for (prefix.back() = 0; prefix.back() < kSymbols; ++prefix.back())
        rows.children[std::size_t{i} * kSymbols + prefix.back()] = value(prefix);
    }
  }

 private:
  PotentialTraits traits_;
};

void gather(const Probabilities& base, Prefix& prefix, double log, std::map<Prefix, double>& law) {
  if (prefix.size() == kHorizon || (!prefix.empty() && prefix.back() == kEnd)) {
    const double mass = std::exp(log + static_cast<double>(NoRepeats::value(prefix)));
    Prefix padded = prefix;
    padded.resize(kHorizon, padded.back());
    if (mass > 0) law[padded] = mass;
    return;
  }
  const std::vector<float> logs = base.row(prefix);
  for (std::uint32_t c = 0; c < kSymbols; ++c) {
    prefix.push_back(c);
    gather(base, prefix, log + static_cast<double>(logs[c]), law);
    prefix.pop_back();
  }
}

void expect_law(const KeptDraws& draws, std::uint64_t drawn, const std::string& what) {
  std::map<Prefix, double> law;
  Prefix prefix;
  gather(Probabilities(), prefix, 0, law);
  std::map<Prefix, std::uint64_t> found;
  for (std::uint64_t i = 0; i < drawn; ++i) {
    const auto* first = &draws.symbols[i * kHorizon];
    ++found[Prefix(first, first + kHorizon)];
  }
  std::vector<std::uint64_t> counts;
  std::vector<double> masses;
  for (const auto& [leaf, mass] : law) {
    counts.push_back(found[leaf]);
    masses.push_back(mass);
  }
  ASSERT_EQ(found.size(), law.size()) << what;  // nothing else
  EXPECT_GT(chi_square_p(counts, masses), kLevel) << what;
}

SampleOptions options_of(Algorithm algorithm) {
  SampleOptions options;
  options.algorithm = algorithm;
  options.samples = 60'000;
  options.chains = 300;
  options.threads = 2;
  options.seed = 20261126;
  return options;
}

TEST(UpperBounds, EveryVisitIsADraw) {
  const auto target =
      make_guided(std::make_shared<Probabilities>(), {std::make_shared<NoRepeats>()});
  const Ran lifted(*target, options_of(Algorithm::kLifted));
  EXPECT_LE(lifted.result.first_visits, 2U);  // by kappa_h = 1 it would be some 25
  EXPECT_EQ(lifted.result.guarantee.kind, GuaranteeKind::kProven) << lifted.result.guarantee.why;
  EXPECT_LT(lifted.result.guarantee.tv.value_or(1), 0.0101);
  EXPECT_GT(lifted.result.guarantee.tv.value_or(0), 0.01);
  expect_law(lifted.draws, lifted.result.drawn, "lifted");

  const Ran rejected(*target, options_of(Algorithm::kSequential));
  EXPECT_EQ(rejected.result.guarantee.kind, GuaranteeKind::kProven);
  EXPECT_LT(rejected.result.guarantee.tv.value_or(1), 1e-4);
  EXPECT_GT(rejected.result.totals.rejected, 0U);
  expect_law(rejected.draws, rejected.result.drawn, "rejection");

  // A walk that turns is another matter.
  const Ran reversible(*target, options_of(Algorithm::kJerrumSinclair));
  EXPECT_GT(reversible.result.first_visits, 10U);
  EXPECT_EQ(reversible.result.guarantee.kind, GuaranteeKind::kNone);
}

// What it states is checked at every node that is asked for, whatever the walk.
TEST(UpperBounds, ThatAreNoneEndTheRun) {
  const auto target = make_oracle(std::make_shared<Probabilities>(1.25));
  for (const Algorithm algorithm :
       {Algorithm::kLifted, Algorithm::kJerrumSinclair, Algorithm::kSequential}) {
    SampleOptions options = options_of(algorithm);
    if (algorithm == Algorithm::kJerrumSinclair) {
      options.visits = Visits::kFixed;
      options.fixed_visits = 2;
    }
    const Ran ran(*target, options);
    EXPECT_NE(ran.result.failure.find("depth 2: the children's estimates are 1.25 times the "
                                      "node's, more than the stated ratio_bound 1"),
              std::string::npos)
        << ran.result.failure;
    EXPECT_EQ(ran.result.guarantee.kind, GuaranteeKind::kNone);
  }
}

}  // namespace
}  // namespace wend::test
