// Means over the targets of a user's own oracles, from tours, against enumeration, and the number
// of visits that a pilot run measures on one. Seeds are fixed; the alarm is raised at 4.5 standard
// errors, which some 200 means pass: a false alarm, had the seeds been random, once in 700.
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/kept_draws.hpp"
#include "tests/support/model_oracles.hpp"
#include "tests/support/temporary_folder.hpp"
#include "wend/error.hpp"
#include "wend/means.hpp"
#include "wend/sample.hpp"

namespace wend::test {
namespace {

using wend::testing::error_of;

const std::atomic<bool> kGoOn{false};

void expect_near(const Mean& mean, double exact, const std::string& what) {
  EXPECT_GT(mean.standard_error, 0) << what;
  EXPECT_NEAR(mean.mean, exact, 4.5 * mean.standard_error + 1e-6) << what;
}

TEST(ModelMeans, AreTheTargets) {
  for (const std::vector<std::uint32_t>& end : {std::vector<std::uint32_t>{}, {2}}) {
    const auto oracle = std::make_shared<HashOracle>(3, 5, end);
    double z = 0;
    double log_mass = 0;
    std::vector<double> marginals(15, 0.0);
    for (const auto& [leaf, mass] : oracle->law()) {
      z += mass;
      log_mass += mass * std::log(mass);
      for (std::size_t h = 0; h < 5; ++h) marginals[h * 3 + leaf[h]] += mass;
    }
    const auto instance = make_oracle(oracle);
    for (const Algorithm algorithm :
         {Algorithm::kJerrumSinclair, Algorithm::kLifted, Algorithm::kSequential}) {
      MeansOptions options;
      options.algorithm = algorithm;
      options.queries = 300000;
      options.seed = 5;
      options.threads = 2;
      const MeansResult result = estimate_means(*instance, options, kGoOn);
      const std::string what = std::string(to_string(algorithm)) + (end.empty() ? "" : ", end");
      expect_near(result.log_z.value(), std::log(z), what + ", ln Z");
      expect_near(result.log_mass.value(), log_mass / z, what + ", log-mass");
      for (std::size_t i = 0; i < marginals.size(); ++i)
        expect_near(result.marginals[i], marginals[i] / z,
                    what + ", marginal " + std::to_string(i));
      ASSERT_TRUE(result.oracle_use.has_value()) << what;
      EXPECT_GT(result.oracle_use->self_tested, 0U) << what;
      // With a memo each node is asked for once.
      EXPECT_LE(result.oracle_use->evaluations, 1U + 3U + 9U + 27U + 81U) << what;

      MeansOptions other = options;
      other.threads = 1;
      other.memo_bytes = 0;
      other.max_batch = 3;
      const MeansResult same = estimate_means(*instance, other, kGoOn);
      EXPECT_EQ(same.log_z->mean, result.log_z->mean) << what;
      EXPECT_EQ(same.marginals[7].mean, result.marginals[7].mean) << what;
      EXPECT_EQ(same.queries, result.queries) << what;
    }
  }
}

TEST(ModelMeans, OfAnOracleThatFailsAreOfWhatWasFound) {
  class Failing final : public HashOracle {
   public:
    explicit Failing(std::uint64_t most) : HashOracle(3, 6), most_(most) {}
    void expand(std::uint32_t context, const OracleBatch& batch, const OracleRows& rows) override {
      if (++calls_ > most_) throw std::runtime_error("out of order");
      HashOracle::expand(context, batch, rows);
    }

   private:
    std::uint64_t most_;
    std::uint64_t calls_ = 0;
  };
  MeansOptions options;
  options.self_test = SelfTest::kOff;
  options.memo_bytes = 0;
  const MeansResult result =
      estimate_means(*make_oracle(std::make_shared<Failing>(3000)), options, kGoOn);
  EXPECT_TRUE(result.partial);
  EXPECT_EQ(result.failure, "oracle \"hash\": out of order");
  EXPECT_GT(*result.tours, 100U);
  EXPECT_TRUE(result.log_z.has_value());
  EXPECT_EQ(error_of(ErrorKind::kRuntime,
                     [&] {
                       static_cast<void>(estimate_means(*make_oracle(std::make_shared<Failing>(2)),
                                                        options, kGoOn));
                     }),
            "oracle \"hash\": out of order");
}

// Between 1 and the proven number; the pilot's queries are the oracle's.
TEST(ModelMeans, VisitsAreMeasuredByAPilotRun) {
  const auto oracle = std::make_shared<HashOracle>(2, 6, std::vector<std::uint32_t>{}, 0.5);
  oracle->mutable_traits().kappa_by_depth = {8, 8, 8, 8, 8, 1};
  const auto instance = make_oracle(oracle);
  SampleOptions options;
  options.algorithm = Algorithm::kLifted;
  options.samples = 200;
  options.threads = 1;
  const Ran proven(*instance, options);
  options.visits = Visits::kMeasured;
  const Ran measured(*instance, options);
  EXPECT_EQ(measured.result.visits, Visits::kMeasured);
  EXPECT_GT(measured.result.pilot_tours, 1000U);
  EXPECT_GT(measured.result.pilot_queries, 0U);
  EXPECT_GE(measured.result.first_visits, 1U);
  EXPECT_LT(measured.result.first_visits, proven.result.first_visits / 4);
}

}  // namespace
}  // namespace wend::test
