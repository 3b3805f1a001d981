// Means by the C interface: those of estimate_means(), what was not asked for, what ends a run
// early, and what is refused.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "wend/c.h"
#include "wend/error.hpp"
#include "wend/instance.hpp"
#include "wend/means.hpp"

namespace wend::test {
namespace {

using nlohmann::json;

constexpr std::uint32_t kSymbols = 3;
constexpr std::uint32_t kHorizon = 4;

/// What becomes of an oracle whose symbol c has the mass (1 + c) / 6, whatever came before.
struct Fate {
  std::uint64_t nodes = ~std::uint64_t{0};  // that it answers before it fails
  double drift = 0;                         // more, in ln, from one call to the next
  std::uint64_t answered = 0;
  std::uint64_t calls = 0;
  int released = 0;
};

int expand(void* user, std::uint32_t /*context*/, const wend_batch* batch, float* rows, char* error,
           std::size_t size) {
  Fate& fate = *static_cast<Fate*>(user);
  fate.answered += batch->size;
  if (fate.answered > fate.nodes) {
    std::snprintf(error, size, "no more tokens");
    return 1;
  }
  const double drift = fate.drift * static_cast<double>(++fate.calls);
  for (std::uint32_t i = 0; i < batch->size * kSymbols; ++i)
    rows[i] = static_cast<float>(std::log((1.0 + i % kSymbols) / 6) + drift);
  return 0;
}

class CMeans : public ::testing::Test {
 protected:
  CMeans() { wend_means_options_init(&options_); }
  ~CMeans() override {
    wend_means_free(means_);
    wend_instance_free(instance_);
  }

  void make_tree() {
    const std::vector<double> masses{1, 2, 0, 4, 5, 6, 7, 8};
    ASSERT_EQ(wend_make_tree(2, 3, masses.data(), 1.5, 4, &instance_), WEND_OK);
    EstimateSpec noise;
    noise.kind = EstimateSpec::Kind::kNoise;
    noise.kappa = 1.5;
    noise.seed = 4;
    tree_ = wend::make_tree(2, 3, masses, noise);
  }
  void make_oracle() {
    wend_oracle oracle;
    wend_oracle_init(&oracle);
    oracle.alphabet = kSymbols;
    oracle.horizon = kHorizon;
    oracle.expand = expand;
    oracle.user = &fate_;
    oracle.release = [](void* user) { ++static_cast<Fate*>(user)->released; };
    ASSERT_EQ(wend_make_oracle(&oracle, &instance_), WEND_OK) << wend_last_error();
  }
  wend_status estimate(wend_stop* stop = nullptr, wend_means_progress progress = nullptr,
                       void* user = nullptr) {
    wend_means_free(means_);
    return wend_estimate(instance_, &options_, stop, progress, user, &means_);
  }
  [[nodiscard]] json report() const {
    const char* text = nullptr;
    EXPECT_EQ(wend_means_report(means_, &text), WEND_OK);
    return json::parse(text);
  }

  Fate fate_;
  wend_instance* instance_ = nullptr;
  std::shared_ptr<const Instance> tree_;
  wend_means_options options_;
  wend_means* means_ = nullptr;
};

void expect_same(const wend_mean* found, const Mean& expected) {
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->mean, expected.mean);
  EXPECT_EQ(found->standard_error, expected.standard_error);
  EXPECT_EQ(found->low, expected.low);
  EXPECT_EQ(found->high, expected.high);
}

TEST_F(CMeans, AreThoseOfTheLibrary) {
  make_tree();
  options_.algorithm = "jerrum-sinclair";
  options_.of = "symbols,marginals,log-z,log-mass,symbols";
  options_.queries = 40000;
  options_.chains = 8;
  options_.seed = 11;
  options_.threads = 2;
  ASSERT_EQ(estimate(), WEND_OK) << wend_last_error();
  MeansOptions options;
  options.algorithm = Algorithm::kJerrumSinclair;
  options.of = {MeanOf::kMarginals, MeanOf::kLogMass, MeanOf::kLogZ, MeanOf::kSymbols};
  options.queries = 40000;
  options.chains = 8;
  options.seed = 11;
  options.threads = 1;
  const std::atomic<bool> stop{false};
  const MeansResult expected = estimate_means(*tree_, options, stop);
  for (std::size_t i = 0; i < 6; ++i)
    expect_same(wend_means_marginals(means_) + i, expected.marginals[i]);
  for (std::size_t c = 0; c < 2; ++c)
    expect_same(wend_means_symbols(means_) + c, expected.symbols[c]);
  expect_same(wend_means_log_z(means_), *expected.log_z);
  expect_same(wend_means_log_mass(means_), *expected.log_mass);
  EXPECT_EQ(wend_means_length(means_), nullptr);
  EXPECT_EQ(wend_means_queries(means_), expected.queries);
  EXPECT_EQ(wend_means_tours(means_), *expected.tours);
  const json said = report();
  EXPECT_EQ(said.at("log_z").at("mean"), expected.log_z->mean);
  EXPECT_EQ(said.at("options").at("algorithm"), "jerrum-sinclair");
  EXPECT_EQ(said.at("options").at("threads"), 2);
  EXPECT_EQ(said.at("instance").at("kind"), "tree");

  options_.seed = 12;
  ASSERT_EQ(estimate(), WEND_OK);
  EXPECT_NE(wend_means_log_z(means_)->mean, expected.log_z->mean);
}

TEST_F(CMeans, DefaultsAreTheCommands) {
  make_oracle();
  ASSERT_EQ(wend_estimate(instance_, nullptr, nullptr, nullptr, nullptr, &means_), WEND_OK)
      << wend_last_error();
  for (std::uint32_t h = 0; h < kHorizon; ++h)
    for (std::uint32_t c = 0; c < kSymbols; ++c) {
      const wend_mean& mean = wend_means_marginals(means_)[h * kSymbols + c];
      EXPECT_NEAR(mean.mean, (1.0 + c) / 6, 5 * mean.standard_error + 1e-6);
      EXPECT_LT(mean.standard_error, 0.01 * (1.0 + c) / 6 * 1.3);
    }
  EXPECT_NEAR(wend_means_log_z(means_)->mean, 0,
              5 * wend_means_log_z(means_)->standard_error + 1e-6);
  double log_mass = 0;
  for (std::uint32_t c = 0; c < kSymbols; ++c)
    log_mass += kHorizon * (1.0 + c) / 6 * std::log((1.0 + c) / 6);
  EXPECT_NEAR(wend_means_log_mass(means_)->mean, log_mass,
              5 * wend_means_log_mass(means_)->standard_error + 1e-6);
  EXPECT_EQ(wend_means_symbols(means_), nullptr);
  EXPECT_GE(wend_means_tours(means_), 1024U);
  EXPECT_EQ(report().at("options").at("threads"),
            std::max(1U, std::thread::hardware_concurrency()));
  EXPECT_GT(report().at("oracle").at("self_tested"), 0);

  // The oracle goes with its instance, the means stay.
  wend_instance_free(instance_);
  instance_ = nullptr;
  EXPECT_EQ(fate_.released, 1);
  EXPECT_EQ(report().at("queries"), wend_means_queries(means_));
}

TEST_F(CMeans, AreStopped) {
  make_oracle();
  options_.algorithm = "jerrum-sinclair";  // whose tours differ
  options_.relative_error = 1e-6;
  std::uint64_t told = 0;
  const auto enough = [](void* user, std::uint64_t tours, std::uint64_t queries,
                         const wend_mean* log_z) {
    *static_cast<std::uint64_t*>(user) = tours;
    EXPECT_GT(queries, tours);
    EXPECT_GT(log_z->high, log_z->low);
    return tours > 5000 ? 1 : 0;
  };
  EXPECT_EQ(estimate(nullptr, enough, &told), WEND_INTERRUPTED);
  EXPECT_STREQ(wend_last_error(), "stopped");
  EXPECT_GT(told, 5000U);
  EXPECT_EQ(wend_means_tours(means_), told);
  EXPECT_EQ(report().at("partial"), true);

  wend_stop* stop = nullptr;
  ASSERT_EQ(wend_stop_make(&stop), WEND_OK);
  wend_stop_request(stop);
  EXPECT_EQ(estimate(stop), WEND_INTERRUPTED);
  EXPECT_STREQ(wend_last_error(), "interrupted before a tour visited a leaf");
  EXPECT_EQ(means_, nullptr);
  wend_stop_free(stop);
}

TEST_F(CMeans, KeepWhatTheyHadWhereTheOracleFails) {
  make_oracle();
  options_.memo_bytes = 0;
  options_.relative_error = 1e-6;
  fate_.nodes = 3000;
  EXPECT_EQ(estimate(), WEND_RUNTIME);
  EXPECT_STREQ(wend_last_error(), "oracle \"oracle\": no more tokens");
  ASSERT_NE(means_, nullptr);
  EXPECT_GT(wend_means_tours(means_), 100U);
  EXPECT_EQ(report().at("failure"), "oracle \"oracle\": no more tokens");
  fate_.nodes = 0;
  EXPECT_EQ(estimate(), WEND_RUNTIME);
  EXPECT_EQ(means_, nullptr);
}

TEST_F(CMeans, RefuseWhatDoesNotFit) {
  make_oracle();
  const auto refusal = [&](wend_status status = WEND_USAGE) {
    EXPECT_EQ(estimate(), status);
    EXPECT_EQ(means_, nullptr);
    return std::string(wend_last_error());
  };
  options_.of = "marginals,";
  EXPECT_EQ(refusal(), "of: there is none called \"\"");
  options_.of = "log-mass,ln-z";
  EXPECT_EQ(refusal(), "of: there is none called \"ln-z\"");
  options_.of = nullptr;
  options_.queries = 100000;
  options_.relative_error = 0.1;
  EXPECT_EQ(refusal(), "queries: does not go with `relative_error`");
  options_.queries = 0;
  options_.delta = 0.1;
  EXPECT_EQ(refusal(), "delta: only goes with `algorithm = class-elimination`");
  options_.delta = 0;
  options_.self_test = "maybe";
  EXPECT_EQ(refusal(), "self_test: there is none called \"maybe\"");
  options_.self_test = nullptr;
  fate_.drift = 1e-3;
  EXPECT_NE(refusal(WEND_RUNTIME).find("`self_test = pin`"), std::string::npos)
      << wend_last_error();
  options_.self_test = "off";
  EXPECT_EQ(estimate(), WEND_OK);

  EXPECT_EQ(wend_estimate(instance_, &options_, nullptr, nullptr, nullptr, nullptr), WEND_USAGE);
  EXPECT_STREQ(wend_last_error(), "wend_estimate: a null pointer");
  wend_means* none = means_;
  EXPECT_EQ(wend_estimate(nullptr, &options_, nullptr, nullptr, nullptr, &none), WEND_USAGE);
  EXPECT_EQ(none, nullptr);
  const char* text = "there";
  EXPECT_EQ(wend_means_report(nullptr, &text), WEND_USAGE);
  EXPECT_EQ(text, nullptr);
  EXPECT_EQ(wend_means_marginals(nullptr), nullptr);
  EXPECT_EQ(wend_means_queries(nullptr), 0U);
  wend_means_free(nullptr);
}

// Cut off behind the seed, in memory that ends there.
TEST_F(CMeans, ShorterOptionsHaveTheDefaultsBeyondTheirEnd) {
  make_tree();
  options_.queries = 20000;
  options_.seed = 3;
  options_.threads = 1;
  ASSERT_EQ(estimate(), WEND_OK);
  const double expected = wend_means_log_z(means_)->mean;
  constexpr std::size_t kSize = offsetof(wend_means_options, threads);
  const std::unique_ptr<std::byte[]> bytes(new std::byte[kSize]);
  std::memcpy(bytes.get(), &options_, kSize);
  std::memcpy(bytes.get(), &kSize, sizeof kSize);
  wend_means* means = nullptr;
  ASSERT_EQ(wend_estimate(instance_, reinterpret_cast<const wend_means_options*>(bytes.get()),
                          nullptr, nullptr, nullptr, &means),
            WEND_OK)
      << wend_last_error();
  EXPECT_EQ(wend_means_log_z(means)->mean, expected);
  wend_means_free(means);

  options_.struct_size += 8;
  EXPECT_EQ(estimate(), WEND_USAGE);
  EXPECT_NE(std::string(wend_last_error()).find("a wend_means_options of"), std::string::npos);
  wend_means_options part;
  std::memset(&part, 0x55, sizeof part);
  wend_means_options_init_sized(&part, kSize);
  EXPECT_EQ(part.struct_size, kSize);
  EXPECT_EQ(part.seed, 0U);
  EXPECT_EQ(part.memo_bytes, 0x5555555555555555U);
}

}  // namespace
}  // namespace wend::test
