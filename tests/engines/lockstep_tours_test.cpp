// Tours in the lockstep engine: those that the fused walk makes, tour by tour, whatever the rounds,
// threads, batches and memo.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "host/engines/cpu/tours.hpp"
#include "host/engines/lockstep/oracle_failure.hpp"
#include "host/engines/lockstep/tours.hpp"
#include "host/instances/instance.hpp"
#include "host/oracles/walk_of.hpp"
#include "kernels/random/philox.hpp"
#include "tests/support/golden_inputs.hpp"
#include "tests/support/model_oracles.hpp"
#include "tests/support/temporary_folder.hpp"
#include "wend/counters.hpp"

namespace wend::test {
namespace {

constexpr std::uint64_t kSeed = 20261127;
constexpr std::uint64_t kChains = 7;
const std::atomic<bool> kGoOn{false};
constexpr std::array kWalks = {Algorithm::kJerrumSinclair, Algorithm::kLifted,
                               Algorithm::kSequential};

/// What an engine has found over some rounds.
struct Found {
  std::vector<std::vector<std::uint32_t>> visits;   // of each chain's tours
  std::vector<std::vector<std::uint32_t>> symbols;  // of all its leaves
  ChainState state;
  std::uint64_t queries = 0;
  std::uint64_t unfinished = 0;

  Found(TourEngine& engine, const Oracle& oracle, const std::vector<std::uint64_t>& rounds,
        TourRequest request)
      : visits(kChains), symbols(kChains) {
    const std::uint32_t words = record_words(oracle);
    std::vector<std::uint32_t> leaf(horizon(oracle));
    for (const std::uint64_t tours : rounds) {
      request.tours = tours;
      engine.advance(request, kGoOn);
      for (std::size_t chain = 0; chain < kChains; ++chain) {
        const ChainTours& more = engine.tours()[chain];
        visits[chain].insert(visits[chain].end(), more.visits.begin(), more.visits.end());
        for (std::size_t at = 0; at < more.records.size(); at += words) {
          decode(oracle, &more.records[at], leaf);
          symbols[chain].insert(symbols[chain].end(), leaf.begin(), leaf.end());
        }
      }
    }
    state = engine.state();
    queries = engine.oracle_queries();
    unfinished = engine.unfinished();
  }

  void expect_same(const Found& other, const std::string& what) const {
    EXPECT_EQ(visits, other.visits) << what;
    EXPECT_EQ(symbols, other.symbols) << what;
    EXPECT_EQ(state.steps, other.state.steps) << what;
    EXPECT_EQ(state.moves_up, other.state.moves_up) << what;
    EXPECT_EQ(state.expansions, other.state.expansions) << what;
    EXPECT_EQ(state.leaf_visits, other.state.leaf_visits) << what;
    EXPECT_EQ(state.samples, other.state.samples) << what;
    EXPECT_EQ(queries, other.queries) << what;
    EXPECT_EQ(unfinished, other.unfinished) << what;
  }
};

TEST(LockstepTours, AreThoseOfTheFusedWalk) {
  const wend::testing::TemporaryFolder folder;
  const wend::testing::GoldenInputs inputs(folder);
  std::uint64_t compared = 0;
  for (const char* name : {"tree2-sign", "tree3-file", "tree4-iid", "tree5-exact", "tree27-sign",
                           "knapsack", "ngram"}) {
    for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
      const std::string stem = entry.path().stem().string();
      if (entry.path().extension() != ".json" || !stem.starts_with(name)) continue;
      const std::shared_ptr<const Instance> instance = load_instance(entry.path());
      for (const Algorithm algorithm : kWalks) {
        const kernels::Walk walk = walk_of(algorithm);
        const std::string what = stem + ", " + std::string(to_string(algorithm));
        const Oracle tables = instance->compile(walk, Correction::kWeight);
        const Oracle model = make_model_oracle(instance->model(walk, Correction::kWeight), walk,
                                               Correction::kWeight, true);
        for (TourRequest request :
             {TourRequest{.records = true}, TourRequest{.records = true, .expansions = 400},
              TourRequest{.records = true, .steps = 1001}}) {
          CpuTourEngine fused(tables, walk, kChains, kSeed, kernels::kPurposeTours, 1);
          const Found expected(fused, tables, {60}, request);
          LockstepTourEngine one(model, walk, kChains, kSeed, kernels::kPurposeTours, {});
          Found(one, model, {60}, request).expect_same(expected, what);
          if (request.steps != TourRequest::kNoLimit) {  // who has given up stays where it is
            const TourRequest more{.records = true};
            const Found stayed(fused, tables, {5}, more);
            Found(one, model, {5}, more).expect_same(stayed, what + ", after giving up");
            continue;
          }
          LockstepOptions options;
          options.threads = 3;
          options.memo_bytes = 1U << 12U;
          options.max_batch = 2;
          LockstepTourEngine other(model, walk, kChains, kSeed, kernels::kPurposeTours, options);
          Found(other, model, {1, 2, 40, 17}, request).expect_same(expected, what + ", rounds");
          ++compared;
        }
      }
    }
  }
  EXPECT_GT(compared, 60U);
}

// With leaves at mixed depths: E[visits of x in a tour] = g(x) / S(root), dummies or not. The alarm
// is raised at five standard errors: once in 10^4, had the seeds been random.
TEST(LockstepTours, LeavesAtMixedDepthsAreVisitedByTheirMasses) {
  const auto hash = std::make_shared<HashOracle>(4, 4, std::vector<std::uint32_t>{0, 3});
  const auto law = hash->law();
  std::vector<float> root(4);
  hash->row({}, root.data());
  double root_sum = 0;
  for (const float log : root) root_sum += std::exp(static_cast<double>(log));
  for (const Algorithm algorithm : {Algorithm::kJerrumSinclair, Algorithm::kLifted}) {
    const Oracle oracle = make_model_oracle(hash, walk_of(algorithm), Correction::kNone, false);
    LockstepTourEngine engine(oracle, walk_of(algorithm), kChains, kSeed, kernels::kPurposeTours,
                              {.memo_bytes = 1U << 20U});
    engine.advance({.tours = 4000, .records = true}, kGoOn);
    std::map<std::vector<std::uint32_t>, std::pair<double, double>> sums;  // and squares
    double tours = 0;
    std::vector<std::uint32_t> leaf(4);
    for (const ChainTours& chain : engine.tours()) {
      std::size_t at = 0;
      for (const std::uint32_t visits : chain.visits) {
        ++tours;
        std::map<std::vector<std::uint32_t>, double> counts;
        for (std::uint32_t v = 0; v < visits; ++v, at += record_words(oracle)) {
          decode(oracle, &chain.records[at], leaf);
          counts[leaf] += 1;
        }
        for (const auto& [one, count] : counts) {
          sums[one].first += count;
          sums[one].second += count * count;
        }
      }
    }
    for (const auto& [one, mass] : law) {
      const auto& [sum, squares] = sums[one];
      const double mean = sum / tours;
      const double error = std::sqrt((squares / tours - mean * mean) / tours);
      EXPECT_NEAR(mean, mass / root_sum, 5 * error + 1e-4) << to_string(algorithm);
    }
    static_cast<void>(reconcile(engine.state(), algorithm, 4, engine.oracle_queries(), {}));
  }
}

// An oracle that fails ends the round with the tours that were finished, and no more.
TEST(LockstepTours, KeepWhatWasFinished) {
  class Failing final : public HashOracle {
   public:
    Failing() : HashOracle(3, 6) {}
    void expand(std::uint32_t context, const OracleBatch& batch, const OracleRows& rows) override {
      if (++calls_ > 300) throw std::runtime_error("out of order");
      HashOracle::expand(context, batch, rows);
    }

   private:
    std::uint64_t calls_ = 0;
  };
  const Oracle oracle = make_model_oracle(std::make_shared<Failing>(), kernels::Walk::kLifted,
                                          Correction::kNone, false);
  LockstepTourEngine engine(oracle, kernels::Walk::kLifted, kChains, kSeed, kernels::kPurposeTours,
                            {});
  EXPECT_THROW(engine.advance({.tours = 100000, .records = true}, kGoOn), OracleFailure);
  std::uint64_t tours = 0;
  for (std::size_t chain = 0; chain < kChains; ++chain) {
    const ChainTours& found = engine.tours()[chain];
    tours += found.visits.size();
    std::uint64_t leaves = 0;
    for (const std::uint32_t visits : found.visits) leaves += visits;
    EXPECT_EQ(found.records.size(), leaves * record_words(oracle));
    EXPECT_EQ(found.visits.size(), engine.progress()[chain].tours);
  }
  EXPECT_GT(tours, 10U);
  EXPECT_LT(tours, 100000U);
}

}  // namespace
}  // namespace wend::test
