// A neural oracle's twin on a GPU answers the same bits as the CPU, in any batch, slot and company;
// runs on it draw the same bytes, potentials included.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "host/engines/engine.hpp"
#include "host/oracles/device_twin.hpp"
#include "tests/support/kept_draws.hpp"
#include "tests/support/neural_models.hpp"
#include "wend/sample.hpp"

namespace wend::test {
namespace {

using Prefix = std::vector<std::uint32_t>;

class NeuralTwin : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!cuda_available()) GTEST_SKIP() << "no CUDA device";
  }
};

/// `count` prefixes of up to H - 1 symbols, some of which go on from those before.
std::vector<Prefix> next_prefixes(std::vector<Prefix> prefixes, const OracleTraits& traits,
                                  std::mt19937& random) {
  for (Prefix& prefix : prefixes) {
    if (random() % 3 == 0) prefix.resize(random() % (prefix.size() + 1));
    const std::size_t more = random() % 4 == 0 ? 3 : 1;
    for (std::size_t i = 0; i < more && prefix.size() + 1 < traits.horizon; ++i)
      prefix.push_back(static_cast<std::uint32_t>(random() % traits.alphabet));
  }
  return prefixes;
}

void expect_same_bits(const std::vector<float>& found, const std::vector<float>& expected,
                      const std::string& what) {
  ASSERT_EQ(found.size(), expected.size());
  EXPECT_EQ(std::memcmp(found.data(), expected.data(), found.size() * sizeof(float)), 0) << what;
}

TEST_F(NeuralTwin, RowsAreThoseOfTheCpu) {
  for (const std::string name : kNeuralModels) {
    const auto instance = neural_instance(name, {{"top_k", 4}, {"temperature", 0.75}});
    const auto cpu = oracle_of(*instance);
    const auto twin = device_twin_of(*cpu)->make_device_twin();
    ASSERT_EQ(twin->traits().contexts, 1U);
    EXPECT_EQ(twin->traits().ratio_bound, cpu->traits().ratio_bound);
    std::mt19937 random(5);
    std::vector<Prefix> prefixes(70);
    for (int call = 0; call < 6; ++call) {
      prefixes = next_prefixes(std::move(prefixes), cpu->traits(), random);
      const std::size_t size = call == 1 ? 1 : call == 2 ? 9 : call == 3 ? 33 : prefixes.size();
      std::vector<std::uint32_t> slots;
      for (std::uint32_t slot = 0; slot < size; ++slot) slots.push_back(slot);
      const std::vector<std::uint32_t> nothing(size, 0);
      const std::span<const Prefix> asked(prefixes.data(), size);
      expect_same_bits(rows_of(*twin, asked, slots, nothing), rows_of(*cpu, asked, slots, nothing),
                       name + ", call " + std::to_string(call));
    }
  }
}

Ran run_on(Backend backend, const Instance& instance, Algorithm algorithm) {
  SampleOptions options;
  options.algorithm = algorithm;
  options.visits = Visits::kFixed;
  options.fixed_visits = 3;
  options.samples = 40;
  options.chains = 9;
  options.backend = backend;
  options.memo_bytes = 1U << 20U;
  return {instance, options};
}

TEST_F(NeuralTwin, RunsDrawTheSameBytes) {
  const nlohmann::json keys[] = {
      nlohmann::json::object(),
      {{"end", {2}}, {"power", 2}, {"potentials", {{{"kind", "length"}, {"min", 3}}}}}};
  for (const std::string name : {"gru", "llama", "mlp"}) {
    for (const auto& more : keys) {
      const auto instance = neural_instance(name, more);
      for (const Algorithm algorithm : {Algorithm::kLifted, Algorithm::kJerrumSinclair}) {
        const Ran cpu = run_on(Backend::kCpu, *instance, algorithm);
        const Ran gpu = run_on(Backend::kCuda, *instance, algorithm);
        EXPECT_EQ(gpu.draws, cpu.draws) << name << more;
        EXPECT_NE(gpu.result.device, cpu.result.device);
        EXPECT_EQ(gpu.result.totals.queries, cpu.result.totals.queries) << name << more;
        EXPECT_EQ(gpu.result.oracle_use->evaluations, cpu.result.oracle_use->evaluations);
        EXPECT_GT(cpu.result.oracle_use->evaluations, 20U);
      }
    }
  }
}

}  // namespace
}  // namespace wend::test
