// Rows of a base oracle under training: what breaks what the oracle states ends the run, with the
// words that it has untrained, whether scouts meet it or samplers do; and so do buckets that no
// node can have. What is let pass is counted in where something is proven.
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "host/adapt/adapted_instance.hpp"
#include "host/adapt/best_first.hpp"
#include "host/adapt/row_source.hpp"
#include "tests/support/model_oracles.hpp"
#include "wend/error.hpp"

namespace wend::test {
namespace {

using Prefix = std::vector<std::uint32_t>;
constexpr std::uint32_t kSymbols = 3;
constexpr std::uint32_t kBuckets = 5;

/// Even rows, and a bucket that is the sum of a prefix's symbols, but for what a test makes wrong.
class Even final : public BatchOracle {
 public:
  explicit Even(std::uint32_t horizon) {
    traits_.name = "even";
    traits_.alphabet = kSymbols;
    traits_.horizon = horizon;
  }

  OracleTraits traits_;
  std::function<double(const Prefix&)> sum = [](const Prefix&) { return 1.0; };
  std::function<std::uint32_t(const Prefix&)> own_bucket = bucket_of;
  std::function<std::uint32_t(const Prefix&)> child_bucket = bucket_of;

  static std::uint32_t bucket_of(const Prefix& prefix) {
    std::uint32_t total = 0;
    for (const std::uint32_t symbol : prefix) total += symbol;
    return total % kBuckets;
  }

  [[nodiscard]] const OracleTraits& traits() const override { return traits_; }
  void expand(std::uint32_t /*context*/, const OracleBatch& batch,
              const OracleRows& rows) override {
    for (std::uint32_t i = 0; i < batch.size; ++i) {
      Prefix prefix(batch.prefix[i], batch.prefix[i] + batch.depth[i]);
      const double each = sum(prefix) / kSymbols;
      if (rows.own_bucket != nullptr) rows.own_bucket[i] = own_bucket(prefix);
      if (rows.own != nullptr) rows.own[i] = 1;
      for (std::uint32_t c = 0; c < kSymbols; ++c) {
        const std::size_t at = std::size_t{i} * kSymbols + c;
        if (rows.log_ratio != nullptr) rows.log_ratio[at] = static_cast<float>(std::log(each));
        if (rows.mass != nullptr) rows.mass[at] = each;
        if (rows.bucket == nullptr) continue;
        prefix.push_back(c);
        rows.bucket[at] = child_bucket(prefix);
        prefix.pop_back();
      }
    }
  }
};

/// What an oracle comes to under training: scouts, and samplers under an adapted instance whose
/// tree has the root alone.
class Trained {
 public:
  explicit Trained(const std::shared_ptr<Even>& oracle)
      : instance_(make_oracle(oracle)),
        oracle_(
            std::get<ModelOracle>(instance_->compile(kernels::Walk::kLifted, Correction::kNone))),
        source_(oracle_, 1, 0) {}

  void explore(std::uint64_t count) {
    const std::atomic<bool> stop{false};
    explore_best_first(TrainedEstimate(NodeValue::none(oracle_.horizon)), count, source_, *tree_,
                       stop);
  }
  [[nodiscard]] AdaptedInstance adapted() const {
    const std::uint32_t buckets = source_.buckets();
    NodeValue value{oracle_.horizon, buckets,
                    std::vector<double>(std::size_t{oracle_.horizon} * buckets, 0.0), std::nullopt};
    return {
        *instance_, oracle_,
        std::make_shared<Training>(Training{tree_, TrainedEstimate(value), source_.own_buckets()})};
  }
  void sampler_asks(const Prefix& prefix) const {
    const AdaptedInstance instance = adapted();
    const std::uint32_t slot = 4;
    const auto depth = static_cast<std::uint32_t>(prefix.size());
    const std::uint32_t known = 0;
    const std::uint32_t* symbols = prefix.data();
    std::vector<double> masses(kSymbols);
    double own = 0;
    OracleRows rows;
    rows.mass = masses.data();
    rows.own = &own;
    const auto model = instance.model(kernels::Walk::kLifted, Correction::kNone);
    model->expand(0, {1, &slot, &depth, &prefix.back(), &known, &symbols}, rows);
    for (const double mass : masses) EXPECT_GT(mass, 0);
  }

 private:
  std::shared_ptr<const Instance> instance_;
  ModelOracle oracle_;
  RowSource source_;
  std::shared_ptr<ExploredTree> tree_ = std::make_shared<ExploredTree>();
};

template <class Call>
std::string failure_of(const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kRuntime);
    return error.what();
  }
  return "none";
}

void expect_refused(const std::shared_ptr<Even>& oracle, const std::string& reason) {
  EXPECT_EQ(failure_of([&] { Trained(oracle).explore(20); }),
            "oracle \"even\": depth 1: " + reason);
  const Trained trained(oracle);
  EXPECT_EQ(failure_of([&] { trained.sampler_asks({1}); }),
            "oracle \"even\": chain 4, depth 1: " + reason);
}

// The sum of the rows below one symbol.
std::shared_ptr<Even> with_sum(double sum) {
  auto oracle = std::make_shared<Even>(4);
  oracle->sum = [sum](const Prefix& prefix) { return prefix == Prefix{1} ? sum : 1.0; };
  return oracle;
}

TEST(BaseRows, BreakingAStatedBoundAreRefused) {
  for (const RowKind rows : {RowKind::kLogRatio, RowKind::kMass}) {
    auto oracle = with_sum(1.05);
    oracle->traits_.rows = rows;
    oracle->traits_.ratio_bound.assign(4, 1.0);
    expect_refused(
        oracle,
        "the children's estimates are 1.05 times the node's, more than the stated ratio_bound 1");
    oracle->traits_.ratio_bound.assign(4, 1.06);
    Trained trained(oracle);
    EXPECT_EQ(failure_of([&] { trained.explore(20); }), "none");
    EXPECT_EQ(failure_of([&] { trained.sampler_asks({1}); }), "none");
  }
}

TEST(BaseRows, BreakingAStatedKappaAreRefused) {
  auto oracle = with_sum(1.05);
  oracle->traits_.kappa = 1.02;
  expect_refused(oracle,
                 "the children's estimates are 1.05 times the node's, which breaks kappa 1.02");
}

TEST(BaseRows, OfNoNumbersAreRefused) {
  expect_refused(with_sum(HUGE_VAL), "symbol 0: the log ratio is inf");
  auto masses = with_sum(-3);
  masses->traits_.rows = RowKind::kMass;
  expect_refused(masses, "symbol 0: the mass is -1");
}

std::shared_ptr<Even> with_buckets() {
  auto oracle = std::make_shared<Even>(4);
  oracle->traits_.buckets = kBuckets;
  return oracle;
}

TEST(BaseRows, BucketsBeyondTheStatedOnesAreRefused) {
  auto child = with_buckets();
  child->child_bucket = [](const Prefix& prefix) {
    return prefix == Prefix{1, 2} ? 1'000'000'000U : Even::bucket_of(prefix);
  };
  expect_refused(child, "symbol 2: its bucket 1000000000 is not below 5");
  auto own = with_buckets();
  own->own_bucket = [](const Prefix& prefix) { return prefix == Prefix{1} ? 5 : 0; };
  expect_refused(own, "the node's own bucket 5 is not below 5");
  // The root's, and those of leaves, are not read.
  auto unread = with_buckets();
  unread->own_bucket = [](const Prefix& prefix) {
    return prefix.empty() ? 77U : Even::bucket_of(prefix);
  };
  unread->child_bucket = [](const Prefix& prefix) {
    return prefix.size() == 4 ? 77U : Even::bucket_of(prefix);
  };
  EXPECT_EQ(failure_of([&] { Trained(unread).explore(1000); }), "none");
}

TEST(BaseRows, BucketsThatAreNoFunctionOfThePrefixAreSeenByScouts) {
  auto oracle = with_buckets();
  oracle->own_bucket = [](const Prefix& prefix) {
    return prefix == Prefix{2, 1} ? 0 : Even::bucket_of(prefix);
  };
  EXPECT_EQ(failure_of([&] { Trained(oracle).explore(20); }),
            "oracle \"even\": depth 2: symbol 1: its own row names bucket 0, its parent's row 3");
  // By when it was asked.
  auto later = with_buckets();
  const auto asked = std::make_shared<std::uint32_t>(0);
  later->own_bucket = [asked](const Prefix& prefix) {
    return (Even::bucket_of(prefix) + (*asked)++ / 8) % kBuckets;
  };
  later->child_bucket = [asked](const Prefix& prefix) {
    return (Even::bucket_of(prefix) + *asked / 8) % kBuckets;
  };
  EXPECT_NE(failure_of([&] { Trained(later).explore(40); }).find("its own row names bucket"),
            std::string::npos);
}

/// One path, along which rows rise by all but the 1e-6 that is let pass, to little mass at the end.
class Rising final : public BatchOracle {
 public:
  Rising() {
    traits_.name = "rising";
    traits_.alphabet = 2;
    traits_.horizon = kHorizon;
    traits_.ratio_bound.assign(kHorizon, 1.0);
  }
  static constexpr std::uint32_t kHorizon = 4000;
  [[nodiscard]] const OracleTraits& traits() const override { return traits_; }
  void expand(std::uint32_t /*context*/, const OracleBatch& batch,
              const OracleRows& rows) override {
    for (std::uint32_t i = 0; i < batch.size; ++i) {
      rows.log_ratio[2 * std::size_t{i}] = batch.depth[i] == 0              ? 0.0F
                                           : batch.depth[i] + 1 == kHorizon ? kLast
                                                                            : kRise;
      rows.log_ratio[2 * std::size_t{i} + 1] = kNothing;
    }
  }
  static constexpr float kRise = 9e-7F;
  static constexpr float kLast = -4.0F;

 private:
  OracleTraits traits_;
};

// At so many depths the steps of a visit are what the bound says at most.
TEST(BaseRows, WhatIsLetPassIsCountedIn) {
  const auto instance = make_oracle(std::make_shared<Rising>());
  const auto oracle =
      std::get<ModelOracle>(instance->compile(kernels::Walk::kLifted, Correction::kNone));
  RowSource source(oracle, 1, 0);
  const auto tree = std::make_shared<ExploredTree>();
  const std::atomic<bool> stop{false};
  const TrainedEstimate estimate(NodeValue::none(Rising::kHorizon));
  explore_best_first(estimate, Rising::kHorizon, source, *tree, stop);
  ASSERT_EQ(tree->size(), Rising::kHorizon);
  const AdaptedInstance adapted(*instance, oracle,
                                std::make_shared<Training>(Training{tree, estimate, false}));
  // A visit takes twice the mass of all nodes but the root, over that of the leaves, steps.
  double nodes = 0;
  double log = 0;
  for (std::uint32_t h = 1; h < Rising::kHorizon; ++h) {
    nodes += std::exp(log);
    log += static_cast<double>(h + 1 == Rising::kHorizon ? Rising::kLast : Rising::kRise);
  }
  const double steps = 2 * (nodes + std::exp(log)) / std::exp(log);
  const double bound = adapted.walk_bounds().steps_per_visit.value_or(0);
  EXPECT_GE(bound, steps);
  EXPECT_LE(bound, 1.01 * steps);
}

}  // namespace
}  // namespace wend::test
