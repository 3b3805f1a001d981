// The lockstep engine on a device draws what the fused one draws on the CPU, byte for byte, for
// every kind of instance, every walk and correction.
#include <gtest/gtest.h>

#include "host/engines/engine.hpp"
#include "tests/support/lockstep_runs.hpp"

namespace wend::test {
namespace {

TEST_F(LockstepParity, EveryKindWalkAndCorrectionOnTheDevice) {
  if (!cuda_available()) GTEST_SKIP() << "no CUDA device";
  expect_parity(
      files_,
      [](SampleOptions& options) {
        options.samples = 7;
        options.chains = 3;
      },
      [](SampleOptions& options) {
        options.backend = Backend::kCuda;
        options.memo_bytes = 1U << 20U;  // an emulated device makes rows slowly
      });
}

}  // namespace
}  // namespace wend::test
