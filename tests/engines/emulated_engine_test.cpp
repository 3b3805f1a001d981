// Engines on the emulated device beyond what a GPU's tests can ask: errors of every call, orders of
// blocks and threads, many shapes. Needs no GPU, and makes no sense on one.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <random>
#include <vector>

#include "host/engines/cuda/engine.hpp"
#include "host/oracles/walk_of.hpp"
#include "kernels/random/philox.hpp"
#include "tests/support/command_process.hpp"
#include "tests/support/cuda_emulation/emulation.hpp"
#include "tests/support/parity_oracles.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

using cuda_emulation::Order;

struct Shape {
  std::uint64_t chains;
  std::uint64_t draws;
  std::uint32_t first_visits;
};

kernels::RunLimits limits_of(const Shape& shape) {
  kernels::RunLimits limits{};
  limits.seed = 20261126;
  limits.purpose = kernels::kPurposeWalk;
  limits.thin = 1;
  limits.quota = shape.draws;
  limits.round_size = shape.draws;
  limits.step_budget = ~std::uint64_t{0};
  return limits;
}

struct Outcome {
  std::vector<std::uint32_t> records;
  ChainState state;
  std::uint64_t queries;
  bool operator==(const Outcome& other) const {
    return records == other.records && test::same(state, other.state) && queries == other.queries;
  }
};

Outcome run(Engine& engine, const Oracle& oracle, const Shape& shape) {
  const std::atomic<bool> stop{false};
  Outcome outcome;
  outcome.records.resize(shape.chains * shape.draws * record_words(oracle));
  engine.advance(limits_of(shape), outcome.records, stop);
  outcome.state = engine.save();
  outcome.queries = engine.oracle_queries();
  return outcome;
}

Outcome on_device(const Oracle& oracle, Algorithm algorithm, const Shape& shape) {
  const auto engine = make_cuda_engine(oracle, walk_of(algorithm),
                                       chains_at_root(oracle, shape.chains, shape.first_visits));
  return run(*engine, oracle, shape);
}

Outcome on_cpu(const Oracle& oracle, Algorithm algorithm, const Shape& shape) {
  const auto engine = make_cpu_engine(oracle, walk_of(algorithm),
                                      chains_at_root(oracle, shape.chains, shape.first_visits), 1);
  return run(*engine, oracle, shape);
}

TEST(EmulatedEngine, DoesNotDependOnTheOrderOfBlocksAndThreads) {
  const Shape shape{5000, 2, 2};
  const Oracle oracle = test::tree_oracle(2, 9, Algorithm::kLifted);
  const Outcome expected = on_cpu(oracle, Algorithm::kLifted, shape);
  for (const Order order : {Order::kForward, Order::kBackward, Order::kRandom}) {
    cuda_emulation::set_order(order, 17);
    EXPECT_TRUE(on_device(oracle, Algorithm::kLifted, shape) == expected);
  }
}

// Whatever call fails: one error that says what was being done, nothing allocated that stays, and
// the next engine works.
TEST(EmulatedEngine, SaysWhichCallFailed) {
  const Shape shape{100, 2, 1};
  const Oracle oracle = test::tree_oracle(2, 5, Algorithm::kLifted);
  const Outcome expected = on_device(oracle, Algorithm::kLifted, shape);
  const std::uint64_t before = cuda_emulation::allocated_bytes();
  for (const char* function :
       {"cudaMallocAsync", "cudaMallocHost", "cudaMemcpyAsync", "cudaMemsetAsync",
        "cudaStreamCreateWithFlags", "cudaStreamSynchronize", "cudaEventCreateWithFlags",
        "cudaEventRecord", "cudaEventSynchronize", "cudaLaunchKernelEx", "cudaFuncSetAttribute",
        "cudaOccupancyMaxActiveBlocksPerMultiprocessor", "cudaGetDevice", "cudaGetDeviceCount",
        "cudaGetDeviceProperties", "cudaDeviceGetAttribute", "cudaDriverGetVersion"}) {
    std::uint64_t failures = 0;
    for (std::uint64_t calls = 0; calls < 100; ++calls) {
      cuda_emulation::fail_call(function, cudaErrorLaunchFailure, calls);
      try {
        EXPECT_TRUE(on_device(oracle, Algorithm::kLifted, shape) == expected);
        cuda_emulation::fail_call(function, cudaSuccess);  // none is left to fail
        break;
      } catch (const Error& error) {
        ++failures;
        EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
        EXPECT_NE(std::string(error.what()).find("unspecified launch failure"), std::string::npos)
            << error.what();
      }
      EXPECT_EQ(cuda_emulation::allocated_bytes(), before) << function << " after " << calls;
    }
    EXPECT_GT(failures, 0U) << function;
    EXPECT_TRUE(on_device(oracle, Algorithm::kLifted, shape) == expected) << function;
  }
}

// Sizes at random, for some seconds.
TEST(EmulatedEngine, DrawsWhatTheCpuDrawsInAnyShape) {
  constexpr std::chrono::seconds kTime{8};
  std::mt19937_64 random(7);
  const auto between = [&](std::uint64_t low, std::uint64_t high) {
    // As many small ones as large ones.
    const double u = static_cast<double>(random() >> 11U) * 0x1p-53;
    return static_cast<std::uint64_t>(
        static_cast<double>(low) *
        std::pow(static_cast<double>(high) / static_cast<double>(low), u));
  };
  const auto begin = std::chrono::steady_clock::now();
  int shapes = 0;
  for (; shapes < 5 || (shapes < 400 && std::chrono::steady_clock::now() - begin < kTime);
       ++shapes) {
    const auto alphabet = static_cast<std::uint32_t>(between(2, 300));
    const auto horizon = static_cast<std::uint32_t>(between(1, 300));
    const auto width = static_cast<std::uint32_t>(between(1, 50));
    const auto algorithm = std::array{Algorithm::kJerrumSinclair, Algorithm::kLifted,
                                      Algorithm::kSequential}[random() % 3];
    const std::uint64_t most = std::max<std::uint64_t>(1, 4'000'000 / (horizon * horizon + 50));
    const Shape shape{between(1, std::min<std::uint64_t>(70'000, most)), between(1, 4), 1};
    const bool shared = random() % 2 == 0;
    SCOPED_TRACE(::testing::Message()
                 << "alphabet " << alphabet << ", horizon " << horizon << ", width " << width
                 << ", shared " << shared << ", chains " << shape.chains << ", draws "
                 << shape.draws << ", " << to_string(algorithm));
    const Oracle oracle = test::state_oracle(alphabet, horizon, width, shared, algorithm);
    ASSERT_TRUE(on_device(oracle, algorithm, shape) == on_cpu(oracle, algorithm, shape));
  }
  EXPECT_GE(shapes, 5);
}

class EmulatedCommand : public testing::TreeCommandTest {};

TEST_F(EmulatedCommand, RunsOnlyWhereItIsAskedFor) {
  const auto files = [&](const std::string& backend) {
    return arguments({"--samples", "2000", "--seed", "5", "--backend", backend, "--output",
                      path(backend + ".npz"), "--report", path(backend + ".json"), "--quiet"});
  };
  for (const std::string backend : {"cpu", "cuda", "auto"})
    ASSERT_EQ(run(files(backend)).status, 0) << backend;
  EXPECT_EQ(testing::file_bytes(path("cpu.npz")), testing::file_bytes(path("cuda.npz")));
  EXPECT_EQ(testing::file_bytes(path("cpu.npz")), testing::file_bytes(path("auto.npz")));
  const std::string device = report("cuda.json")["device"];
  EXPECT_TRUE(device.starts_with("cuda (emulated), ")) << device;
  EXPECT_EQ(report("auto.json")["options"]["backend"], "cpu");
  const auto version = run({"--version"});
  EXPECT_NE(version.out.find("emulated, for tests"), std::string::npos) << version.out;
}

}  // namespace
}  // namespace wend
