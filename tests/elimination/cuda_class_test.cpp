// Class-elimination on the GPU does what it does on the CPU: outcomes, symbols and survivors, for
// every kind of members, sizes of the version space around a row's, noise and query limits. Needs a
// GPU.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "host/elimination/engine.hpp"
#include "host/engines/engine.hpp"
#include "tests/support/class_rounds.hpp"
#include "tests/support/cuda_scale.hpp"

namespace wend {
namespace {

using test::every;
using test::expect_same;
using test::Kind;
using test::kKappa;
using test::kMembers;
using test::kTruth;
using test::noise;
using test::Round;

class CudaClass : public testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    if (!cuda_available()) GTEST_SKIP() << "no CUDA device";
  }
};

TEST_P(CudaClass, DoesWhatTheCpuDoes) {
  using Model = kernels::PrefixNoise::Model;
  ClassTarget target;
  target.members = GetParam().make();
  target.kappa = kKappa;
  for (const Model model : {Model::kNone, Model::kIid, Model::kSign}) {
    const ClassOracle oracle{kTruth, noise(model)};
    const auto gpu = make_cuda_class_engine(target, oracle);
    const auto cpu = make_cpu_class_engine(target, oracle, 1, Simd::kScalar);
    // All members first; the truth is member 65, so that some spaces lack it; all again at last.
    for (const auto& [step, count] :
         std::vector<std::pair<std::uint32_t, std::uint32_t>>{{1, kMembers},
                                                              {1, 1000},
                                                              {13, 100},
                                                              {7, 129},
                                                              {1, 64},
                                                              {5, 65},
                                                              {65, 2},
                                                              {65, 1},
                                                              {1, kMembers}}) {
      SCOPED_TRACE(testing::Message() << "noise " << static_cast<int>(model) << ", every " << step
                                      << "th of " << count);
      const auto members = every(step, count);
      gpu->set_version_space(members);
      cpu->set_version_space(members);
      for (const bool certified : {false, true}) {
        for (const std::uint64_t paths : {std::uint64_t{1}, test::on_gpu(300, 10)}) {
          Round on_gpu(count, paths, horizon(target.members), certified);
          Round on_cpu = Round(count, paths, horizon(target.members), certified);
          on_gpu.run(*gpu);
          on_cpu.run(*cpu);
          expect_same(on_gpu, on_cpu);
        }
      }
    }
  }
}

// More paths than blocks that run at once, so that blocks take several.
TEST_P(CudaClass, ManyPaths) {
  ClassTarget target;
  target.members = GetParam().make();
  target.kappa = kKappa;
  const ClassOracle oracle{kTruth, noise(kernels::PrefixNoise::Model::kIid)};
  const auto gpu = make_cuda_class_engine(target, oracle);
  const auto cpu = make_cpu_class_engine(target, oracle, 0);
  const auto members = every(13, 70);
  gpu->set_version_space(members);
  cpu->set_version_space(members);
  const std::uint64_t paths = test::on_gpu(20'000, 1000);
  Round on_gpu(70, paths, horizon(target.members), true);
  Round on_cpu(70, paths, horizon(target.members), true);
  on_gpu.run(*gpu);
  on_cpu.run(*cpu);
  expect_same(on_gpu, on_cpu);
}

INSTANTIATE_TEST_SUITE_P(Members, CudaClass, testing::ValuesIn(test::member_kinds()),
                         [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace wend
