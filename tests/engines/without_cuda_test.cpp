// What happens without a GPU, on any machine: these tests hide those that are there.
#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <string>

#include "host/elimination/engine.hpp"
#include "host/engines/engine.hpp"
#include "host/oracles/walk_of.hpp"
#include "tests/support/class_rounds.hpp"
#include "tests/support/command_process.hpp"
#include "tests/support/parity_oracles.hpp"
#include "wend/cuda.hpp"
#include "wend/error.hpp"
#include "wend/instance.hpp"

namespace wend {
namespace {

class WithoutCuda : public testing::TreeCommandTest {
 protected:
  // CUDA reads it at a process's first call.
  static void SetUpTestSuite() { ::setenv("CUDA_VISIBLE_DEVICES", "", 1); }
};

void expect_refusal(const std::function<void()>& make) {
  try {
    make();
    FAIL() << "made without a device";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_NE(std::string(error.what()).find("CUDA"), std::string::npos) << error.what();
  }
}

TEST_F(WithoutCuda, NoneIsAvailable) {
  EXPECT_FALSE(cuda_available());
  EXPECT_FALSE(cuda_preferred());
}

TEST_F(WithoutCuda, TheEngineIsRefused) {
  const Oracle oracle = test::tree_oracle(2, 2, Algorithm::kLifted);
  expect_refusal(
      [&] { make_cuda_engine(oracle, kernels::Walk::kLifted, chains_at_root(oracle, 1, 1)); });
}

TEST_F(WithoutCuda, TheEngineOfClassesIsRefused) {
  ClassTarget target;
  target.members = test::needle();
  expect_refusal([&] { make_cuda_class_engine(target, {test::kTruth, {}}); });
}

TEST_F(WithoutCuda, TheWalkIsRefused) {
  const auto instance = make_tree(2, 1, {1.0, 2.0}, EstimateSpec{});
  cuda::WalkOptions options;
  options.first_visits = 1;
  expect_refusal([&] { const cuda::Walk walk(*instance, options, nullptr); });
}

TEST_F(WithoutCuda, TheCommandRefusesCudaAndRunsOnTheCpu) {
  const auto on = [&](const std::string& backend) {
    return run(arguments({"--samples", "10", "--backend", backend, "--output", path("samples.npz"),
                          "--report", path("report.json"), "--quiet"}));
  };
  const testing::Finished refused = on("cuda");
  EXPECT_EQ(refused.status, 2) << refused.err;
  EXPECT_NE(refused.err.find("CUDA"), std::string::npos) << refused.err;
  ASSERT_EQ(on("auto").status, 0);
  EXPECT_EQ(report()["options"]["backend"], "cpu");
}

}  // namespace
}  // namespace wend
