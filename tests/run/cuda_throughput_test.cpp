// Measurements of throughput on a device.
#include <gtest/gtest.h>

#include <atomic>
#include <string>

#include "host/engines/engine.hpp"
#include "tests/support/neural_models.hpp"
#include "tests/support/temporary_folder.hpp"
#include "wend/throughput.hpp"

namespace wend::test {
namespace {

const std::atomic<bool> kGoOn{false};

ThroughputOptions cuda_options() {
  ThroughputOptions options;
  options.seconds = 0.002;
  options.batch = {1, 3, 16};
  options.chains = {1, 5, 40};
  options.backend = Backend::kCuda;
  options.memo_bytes = 1U << 20U;
  return options;
}

// What a GPU evaluates is measured there, with the products of its kernels.
TEST(Throughput, OfANetworkOnTheDevice) {
  if (!cuda_available()) GTEST_SKIP() << "no CUDA device";
  const auto instance = neural_instance("gru");
  const ThroughputOptions options = cuda_options();
  const ThroughputResult result = measure_throughput(*instance, options, kGoOn);
  EXPECT_EQ(result.contexts, 1U);
  EXPECT_NE(result.device.find("cuda"), std::string::npos) << result.device;
  ASSERT_EQ(result.calls.size(), options.batch.size());
  for (const CallRates& rates : result.calls) EXPECT_GT(rates.product_flops.value(), 0);
  for (const LockstepRates& rates : result.lockstep) EXPECT_GT(rates.use.evaluations, 0U);
}

TEST(Throughput, OfTablesOnTheDevice) {
  if (!cuda_available()) GTEST_SKIP() << "no CUDA device";
  const testing::TemporaryFolder folder;
  const auto instance = load_instance(
      folder.add("tree.json", R"({"wend": 1, "kind": "tree", "alphabet": 2, "horizon": 2,
      "leaf_mass": [1, 2, 3, 4], "estimate": {"kind": "exact"}})"));
  const ThroughputOptions options = cuda_options();
  const ThroughputResult result = measure_throughput(*instance, options, kGoOn);
  for (const std::string& device : {result.device, result.fused_device})
    EXPECT_NE(device.find("cuda"), std::string::npos) << device;
  ASSERT_EQ(result.fused.size(), options.chains.size());
  for (const FusedRates& rates : result.fused) EXPECT_GT(rates.totals.steps, 0U);
}

}  // namespace
}  // namespace wend::test
