// Measurements of throughput: what was counted fits together, for every kind. How fast anything was
// decides nothing.
#include "wend/throughput.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "host/run/prefix_batch.hpp"
#include "tests/support/model_oracles.hpp"
#include "tests/support/neural_models.hpp"
#include "tests/support/temporary_folder.hpp"
#include "wend/error.hpp"
#include "wend/oracle.hpp"

namespace wend::test {
namespace {

const std::atomic<bool> kGoOn{false};

ThroughputOptions short_options() {
  ThroughputOptions options;
  options.seconds = 0.002;
  options.batch = {1, 3, 16};
  options.chains = {1, 5, 40};
  options.threads = 2;
  return options;
}

void expect_times(const RoundTimes& times) {
  double sum = 0;
  for (const double part : {times.oracle, times.walk, times.rows, times.memo, times.gather,
                            times.transfers, times.idle}) {
    EXPECT_GE(part, 0);
    sum += part;
  }
  EXPECT_GT(times.total, 0);
  EXPECT_LE(sum, times.total * (1 + 1e-9));
  EXPECT_GT(times.oracle, 0);
  EXPECT_EQ(times.transfers, 0);
}

void expect_calls(const ThroughputResult& result, const ThroughputOptions& options,
                  std::uint32_t horizon) {
  ASSERT_EQ(result.calls.size(), options.batch.size());
  for (std::size_t i = 0; i < result.calls.size(); ++i) {
    const CallRates& rates = result.calls[i];
    EXPECT_EQ(rates.batch, options.batch[i]);
    EXPECT_GE(rates.calls, 1U);
    EXPECT_EQ(rates.evaluations, rates.calls * rates.batch);
    EXPECT_LE(rates.tokens, rates.evaluations);  // a new symbol each, but at the root
    EXPECT_GE(rates.mean_depth, 0);
    EXPECT_LE(rates.mean_depth, horizon - 1);
    EXPECT_GT(rates.seconds, 0);
  }
}

void expect_lockstep(const ThroughputResult& result, const ThroughputOptions& options,
                     std::uint32_t alphabet) {
  ASSERT_EQ(result.lockstep.size(), options.chains.size());
  for (std::size_t i = 0; i < result.lockstep.size(); ++i) {
    const LockstepRates& rates = result.lockstep[i];
    EXPECT_EQ(rates.chains, options.chains[i]);
    EXPECT_GT(rates.totals.steps, 0U);
    EXPECT_EQ(rates.totals.queries, rates.totals.expansions * alphabet);
    // Rows that chains were charged for, and at most one a chain that it has not got yet.
    const OracleUse& use = rates.use;
    const std::uint64_t had =
        use.evaluations + use.memo_hits + use.shared + use.path_hits - use.repeats;
    EXPECT_LE(had, rates.totals.expansions);
    EXPECT_LE(rates.totals.expansions - had, rates.chains);
    EXPECT_GE(use.batches, 1U);
    EXPECT_LE(use.evaluations, use.batches * rates.room);
    EXPECT_LE(rates.room * rates.contexts, rates.chains + rates.contexts);
    EXPECT_GT(rates.seconds, 0);
    expect_times(rates.times);
    EXPECT_LE(rates.times.total, rates.seconds * (1 + 1e-9));
  }
}

/// All that holds of any instance.
ThroughputResult expect_consistent(const Instance& instance, const ThroughputOptions& options) {
  const ThroughputResult result = measure_throughput(instance, options, kGoOn);
  const InstanceFacts& of = facts(instance);
  EXPECT_FALSE(result.partial);
  EXPECT_EQ(result.failure, "");
  expect_calls(result, options, of.horizon);
  expect_lockstep(result, options, of.alphabet);
  EXPECT_EQ(result.fused.size(), of.asked ? 0 : options.chains.size());
  for (std::size_t i = 0; i < result.fused.size(); ++i) {
    const FusedRates& rates = result.fused[i];
    EXPECT_EQ(rates.chains, options.chains[i]);
    EXPECT_GT(rates.totals.steps, 0U);
    EXPECT_EQ(rates.totals.queries, rates.totals.expansions * of.alphabet);
    EXPECT_GT(rates.seconds, 0);
  }
  EXPECT_EQ(result.fused_device.empty(), of.asked);
  EXPECT_NE(result.device, "");
  return result;
}

struct Target {
  const char* name;
  const char* json;
};

class ThroughputOfTables : public ::testing::TestWithParam<Target> {};

TEST_P(ThroughputOfTables, FitsTogether) {
  const testing::TemporaryFolder folder;
  static_cast<void>(folder.add("words.txt", "abba\nab\nba\nbaba\nbb\n"));
  const auto instance = load_instance(folder.add("instance.json", GetParam().json));
  for (const Algorithm algorithm :
       {Algorithm::kLifted, Algorithm::kJerrumSinclair, Algorithm::kSequential}) {
    ThroughputOptions options = short_options();
    options.algorithm = algorithm;
    const ThroughputResult result = expect_consistent(*instance, options);
    for (const CallRates& rates : result.calls) EXPECT_FALSE(rates.flops || rates.product_flops);
    EXPECT_EQ(result.read_flops + result.answer_flops, 0U);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, ThroughputOfTables,
    ::testing::Values(
        Target{"tree", R"({"wend": 1, "kind": "tree", "alphabet": 2, "horizon": 3,
                          "leaf_mass": [1, 2, 3, 4, 5, 6, 7, 8], "estimate": {"kind": "exact"}})"},
        Target{"knapsack", R"({"wend": 1, "kind": "knapsack", "weights": [3, 4, 5, 6, 7],
                              "capacity": 12, "estimate": {"kind": "exact"}})"},
        Target{"rounded", R"({"wend": 1, "kind": "knapsack", "weights": [3, 4, 5, 6, 7, 900000],
                             "capacity": 900012, "estimate": {"kind": "rounded", "kappa": 4}})"},
        Target{"ngram", R"({"wend": 1, "kind": "ngram", "corpus": "words.txt", "order": 2,
                           "horizon": 5, "forbid": ["bbb"],
                           "estimate": {"kind": "lookahead", "depth": 1}})"},
        Target{"family", R"({"wend": 1, "kind": "class", "horizon": 6, "truth": 3,
                      "family": {"kind": "product", "count": 8, "seed": 5, "alphabet": 2,
                                 "gamma": 0.2},
                      "estimate": {"kind": "noise", "model": "iid", "kappa": 1.2, "seed": 3}})"}),
    [](const auto& target) { return std::string(target.param.name); });

TEST(Throughput, OfEveryNetworkFitsTogether) {
  for (const char* name : kNeuralModels) {
    SCOPED_TRACE(name);
    const ThroughputResult result = expect_consistent(*neural_instance(name), short_options());
    EXPECT_GT(result.read_flops, 0U);
    for (const CallRates& rates : result.calls) {
      EXPECT_GT(rates.flops.value_or(0), 0);
      EXPECT_GT(rates.product_flops.value_or(0), 0);
    }
  }
}

TEST(Throughput, CountsTheProductsOfANetwork) {
  ThroughputOptions options = short_options();
  options.batch = {1};
  options.chains = {1};
  // Two layers of 19 over embeddings of 6, 5 symbols; each weight is a product and a sum.
  const ThroughputResult gru = measure_throughput(*neural_instance("gru"), options, kGoOn);
  EXPECT_EQ(gru.read_flops, 2U * 3 * 19 * (6 + 19 + 19 + 19));
  EXPECT_EQ(gru.answer_flops, 2U * 5 * 19);
  // Three embeddings of 4, layers of 12 and 9.
  const ThroughputResult mlp = measure_throughput(*neural_instance("mlp"), options, kGoOn);
  EXPECT_EQ(mlp.read_flops, 2U * (12 * 12 + 9 * 12));
  EXPECT_EQ(mlp.answer_flops, 2U * 5 * 9);
  // Two layers of 16: 4 heads of 8 with 2 of keys, and 24 within.
  const ThroughputResult llama = measure_throughput(*neural_instance("llama"), options, kGoOn);
  EXPECT_EQ(llama.read_flops, 2U * 2 * 16 * (32 + 16 + 16 + 32 + 3 * 24));
  EXPECT_EQ(llama.answer_flops, 2U * 5 * 16);
}

TEST(Throughput, AsksAnOracleOfOnesOwnAsItsContractSays) {
  // The oracle checks slots and known symbols itself.
  for (const std::uint32_t horizon : {1U, 2U, 7U})
    expect_consistent(
        *make_oracle(std::make_shared<HashOracle>(4, horizon, std::vector<std::uint32_t>{3})),
        short_options());
}

/// Rows of 0.7, 0.3 and nothing; counts its calls' nodes by their first symbol. Throws in a call
/// with nodes beyond `most`.
class Biased final : public BatchOracle {
 public:
  explicit Biased(std::uint64_t most = std::numeric_limits<std::uint64_t>::max()) : most_(most) {
    traits_.name = "biased";
    traits_.alphabet = 3;
    traits_.horizon = 2;
    traits_.max_batch = 512;
    traits_.most_slots = 600;
  }
  [[nodiscard]] const OracleTraits& traits() const override { return traits_; }
  void expand(std::uint32_t, const OracleBatch& batch, const OracleRows& rows) override {
    nodes_ += batch.size;
    if (nodes_ > most_) throw std::runtime_error("enough");
    for (std::uint32_t i = 0; i < batch.size; ++i) {
      if (batch.depth[i] == 1) ++first[batch.symbol[i]];
      rows.log_ratio[3 * i] = std::log(0.7F);
      rows.log_ratio[3 * i + 1] = std::log(0.3F);
      rows.log_ratio[3 * i + 2] = -std::numeric_limits<float>::infinity();
    }
  }
  std::uint64_t first[3] = {};

 private:
  OracleTraits traits_;
  std::uint64_t most_;
  std::uint64_t nodes_ = 0;
};

TEST(Throughput, PrefixesHaveTheOraclesLaw) {
  Biased oracle;
  PrefixBatch nodes(oracle, 500, 11);
  for (int call = 0; call < 200; ++call) {
    nodes.ask();
    nodes.grow();
    EXPECT_EQ(nodes.new_symbols(), nodes.depths());  // of one symbol at most
  }
  const double drawn = static_cast<double>(oracle.first[0] + oracle.first[1]);
  EXPECT_EQ(drawn, 500 * 100);
  EXPECT_EQ(oracle.first[2], 0U);
  EXPECT_NEAR(static_cast<double>(oracle.first[0]) / drawn, 0.7, 5 * std::sqrt(0.21 / drawn));
}

TEST(Throughput, KeepsWhatWasMeasuredBeforeAFailure) {
  ThroughputOptions options = short_options();
  options.batch = {1, 512};
  options.seconds = 1e-9;  // one call a row, and one that is not measured
  const auto oracle = std::make_shared<Biased>(100);
  const ThroughputResult result = measure_throughput(*make_oracle(oracle), options, kGoOn);
  EXPECT_EQ(result.failure, "oracle \"biased\": enough");
  EXPECT_TRUE(result.partial);
  EXPECT_EQ(result.calls.size(), 1U);
  EXPECT_TRUE(result.lockstep.empty());
}

TEST(Throughput, EndsWhereItIsStopped) {
  const std::atomic<bool> stopped{true};
  const ThroughputResult none =
      measure_throughput(*neural_instance("gru"), short_options(), stopped);
  EXPECT_TRUE(none.partial);
  EXPECT_TRUE(none.calls.empty() && none.lockstep.empty());

  std::atomic<bool> stop{false};
  ThroughputOptions options = short_options();
  options.seconds = 3600;
  const ThroughputResult first =
      measure_throughput(*neural_instance("gru"), options, stop, [&](const std::string&) {
        if (stop.exchange(true)) ADD_FAILURE() << "another row";
      });
  EXPECT_TRUE(first.partial);
  ASSERT_EQ(first.calls.size(), 1U);
  EXPECT_EQ(first.calls[0].calls, 1U);
  EXPECT_TRUE(first.calls[0].flops);
  EXPECT_FALSE(first.calls[0].product_flops);  // cut short it is no ceiling
}

TEST(Throughput, ChoosesSizesThatTheOracleTakes) {
  ThroughputOptions options;
  options.seconds = 1e-4;
  const ThroughputResult all =
      measure_throughput(*make_oracle(std::make_shared<Biased>()), options, kGoOn);
  std::vector<std::uint32_t> batches;
  for (const CallRates& rates : all.calls) batches.push_back(rates.batch);
  EXPECT_EQ(batches, (std::vector<std::uint32_t>{1, 2, 4, 8, 16, 32, 64, 128, 256, 512}));
  std::vector<std::uint64_t> chains;
  for (const LockstepRates& rates : all.lockstep) chains.push_back(rates.chains);
  EXPECT_EQ(chains, (std::vector<std::uint64_t>{1, 16, 64, 256}));

  options.max_batch = 20;
  const ThroughputResult limited =
      measure_throughput(*make_oracle(std::make_shared<Biased>()), options, kGoOn);
  EXPECT_EQ(limited.calls.back().batch, 20U);
  EXPECT_EQ(limited.lockstep.back().room, 20U);
}

std::string refusal(const ThroughputOptions& options) {
  try {
    measure_throughput(*make_oracle(std::make_shared<Biased>()), options, kGoOn);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    return error.what();
  }
  return "nothing";
}

TEST(Throughput, RefusesWhatDoesNotFit) {
  const ThroughputOptions good = short_options();
  ThroughputOptions options = good;
  options.batch = {513};
  EXPECT_EQ(refusal(options), "batch: 513 nodes: a call of the oracle \"biased\" takes 1 to 512");
  options = good;
  options.batch = {0};
  EXPECT_EQ(refusal(options), "batch: 0 nodes: a call of the oracle \"biased\" takes 1 to 512");
  options = good;
  options.chains = {601};
  EXPECT_EQ(refusal(options),
            "chains: 601, but the oracle \"biased\" keeps no more than 600 apart");
  options = good;
  options.chains = {0};
  EXPECT_EQ(refusal(options), "chains: must be from 1 to 2^32 - 1");
  options = good;
  for (const double seconds : {0.0, -1.0, std::numeric_limits<double>::infinity()}) {
    options.seconds = seconds;
    EXPECT_EQ(refusal(options).substr(0, 49),
              "seconds: must be a finite number above 0, is " + std::string(seconds == 0  ? "0"
                                                                            : seconds < 0 ? "-1"
                                                                                          : "inf"));
  }
  options = good;
  options.algorithm = Algorithm::kClassElimination;
  EXPECT_EQ(refusal(options), "algorithm = class-elimination: is no walk, and asks for no rows");
}

}  // namespace
}  // namespace wend::test
