// Engines on the emulated device beyond what a GPU's tests can ask: errors of every call, orders of
// blocks and threads, many shapes. Needs no GPU, and makes no sense on one.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "host/elimination/engine.hpp"
#include "host/engines/engine.hpp"
#include "host/engines/lockstep/engine.hpp"
#include "host/oracles/walk_of.hpp"
#include "kernels/cuda/device_memory.hpp"
#include "tests/support/class_rounds.hpp"
#include "tests/support/command_process.hpp"
#include "tests/support/cuda_emulation/emulation.hpp"
#include "tests/support/engine_draws.hpp"
#include "tests/support/model_oracles.hpp"
#include "tests/support/parity_oracles.hpp"
#include "wend/cuda.hpp"
#include "wend/error.hpp"
#include "wend/instance.hpp"

namespace wend {
namespace {

using cuda_emulation::Order;

struct Shape {
  std::uint64_t chains;
  std::uint64_t draws;
  std::uint64_t expansion_limit = ~std::uint64_t{0};
};

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
  kernels::RunLimits limits = test::one_round(20261126, shape.draws);
  limits.expansion_limit = shape.expansion_limit;
  engine.advance(limits, outcome.records, stop);
  outcome.state = engine.save();
  outcome.queries = engine.oracle_queries();
  return outcome;
}

Outcome on_device(const Oracle& oracle, Algorithm algorithm, const Shape& shape) {
  const auto engine =
      make_cuda_engine(oracle, walk_of(algorithm), chains_at_root(oracle, shape.chains, 1));
  return run(*engine, oracle, shape);
}

Outcome on_cpu(const Oracle& oracle, Algorithm algorithm, const Shape& shape) {
  const auto engine =
      make_cpu_engine(oracle, walk_of(algorithm), chains_at_root(oracle, shape.chains, 1), 1);
  return run(*engine, oracle, shape);
}

/// A class of a kind of members, and rounds over `count` of them, every `step`th, on both backends.
class Rounds {
 public:
  Rounds(const test::Kind& kind, std::uint32_t step, std::uint32_t count, std::uint64_t paths,
         bool certified, kernels::PrefixNoise::Model model = kernels::PrefixNoise::Model::kIid)
      : oracle_{test::kTruth, test::noise(model)},
        members_(test::every(step, count)),
        paths_(paths),
        certified_(certified) {
    target_.members = kind.make();
    target_.kappa = test::kKappa;
  }
  [[nodiscard]] std::unique_ptr<ClassEngine> device_engine() const {
    return make_cuda_class_engine(target_, oracle_);
  }
  [[nodiscard]] test::Round on_device() const { return on(*device_engine()); }
  [[nodiscard]] test::Round on_cpu() const {
    return on(*make_cpu_class_engine(target_, oracle_, 1));
  }
  [[nodiscard]] test::Round on(ClassEngine& engine) const {
    engine.set_version_space(members_);
    return run_set(engine);
  }
  /// Over the version space that the engine has.
  [[nodiscard]] test::Round run_set(ClassEngine& engine) const {
    test::Round round(static_cast<std::uint32_t>(members_.size()), paths_, horizon(target_.members),
                      certified_);
    round.run(engine);
    return round;
  }
  [[nodiscard]] const std::vector<std::uint32_t>& members() const { return members_; }

 private:
  ClassOracle oracle_;
  ClassTarget target_;
  std::vector<std::uint32_t> members_;
  std::uint64_t paths_;
  bool certified_;
};

constexpr std::array kAlgorithms = {Algorithm::kJerrumSinclair, Algorithm::kLifted,
                                    Algorithm::kSequential};

class EmulatedEngine : public ::testing::Test {
 protected:
  void TearDown() override {
    cuda_emulation::set_order(Order::kRandom);
    cuda_emulation::set_processors(132);
  }
};

// What depends on the order in which a grid's blocks and a block's threads run is a race.
TEST_F(EmulatedEngine, DoesNotDependOnTheOrderOfBlocksAndThreads) {
  const Shape shape{700, 2};
  for (const test::OracleCase& oracle_case : test::oracle_cases()) {
    for (const Algorithm algorithm : kAlgorithms) {
      SCOPED_TRACE(oracle_case.name + " " + std::string(to_string(algorithm)));
      const Oracle oracle = oracle_case.make(algorithm);
      const Outcome expected = on_cpu(oracle, algorithm, shape);
      for (const Order order : {Order::kForward, Order::kBackward, Order::kRandom}) {
        cuda_emulation::set_order(order, 17);
        cuda_emulation::set_processors(order == Order::kRandom ? 132 : 1);
        EXPECT_TRUE(on_device(oracle, algorithm, shape) == expected);
      }
    }
  }
}

TEST_F(EmulatedEngine, RoundsOfClassesDoNotDependOnTheOrder) {
  for (const test::Kind& kind : test::member_kinds()) {
    SCOPED_TRACE(kind.name);
    const Rounds rounds(kind, 13, 70, 100, true);
    const test::Round expected = rounds.on_cpu();
    for (const Order order : {Order::kForward, Order::kBackward, Order::kRandom}) {
      cuda_emulation::set_order(order, 23);
      cuda_emulation::set_processors(order == Order::kRandom ? 132 : 1);
      test::expect_same(rounds.on_device(), expected);
    }
  }
}

/// Chains of an oracle that is asked while they walk; rows of few symbols and of more.
Outcome in_lockstep(Backend backend, std::uint32_t alphabet, Algorithm algorithm,
                    const Shape& shape) {
  const Oracle oracle =
      make_model_oracle(std::make_shared<test::HashOracle>(alphabet, 4, std::vector{1U}),
                        walk_of(algorithm), Correction::kNone, false);
  LockstepOptions options;
  options.threads = 1;
  options.memo_bytes = 5000;
  LockstepEngine engine(std::get<ModelOracle>(oracle), walk_of(algorithm),
                        chains_at_root(oracle, shape.chains, 1), options, backend);
  return run(engine, oracle, shape);
}

TEST_F(EmulatedEngine, LockstepDoesNotDependOnTheOrder) {
  for (const std::uint32_t alphabet : {2U, 31U, 32U, 70U}) {
    for (const Algorithm algorithm : kAlgorithms) {
      SCOPED_TRACE(std::to_string(alphabet) + " " + std::string(to_string(algorithm)));
      const Shape shape{12, 1};
      const Outcome expected = in_lockstep(Backend::kCpu, alphabet, algorithm, shape);
      for (const Order order : {Order::kForward, Order::kBackward, Order::kRandom}) {
        cuda_emulation::set_order(order, 29);
        cuda_emulation::set_processors(order == Order::kRandom ? 132 : 1);
        EXPECT_TRUE(in_lockstep(Backend::kCuda, alphabet, algorithm, shape) == expected);
      }
    }
  }
}

/// Everything that runs on a device, small: engines whose rows the caches and shared memory serve,
/// lockstep engines, rounds of a class, a walk on a stream of the caller's with its decoder.
class Everything {
 public:
  void run() const {
    const Shape shape{100, 2};
    for (const Oracle* oracle : {&cached_, &shared_})
      EXPECT_TRUE(on_device(*oracle, Algorithm::kLifted, shape) ==
                  on_cpu(*oracle, Algorithm::kLifted, shape));
    test::expect_same(rounds_.on_device(), rounds_.on_cpu());
    EXPECT_TRUE(in_lockstep(Backend::kCuda, 3, Algorithm::kLifted, {2, 1}) ==
                in_lockstep(Backend::kCpu, 3, Algorithm::kLifted, {2, 1}));
    const kernels::Stream stream;
    cuda::WalkOptions options;
    options.chains = 50;
    options.first_visits = 1;
    cuda::Walk walk(*instance_, options, stream.get());
    walk.advance_async(stream.get());
    walk.decode_async(stream.get());
    EXPECT_EQ(walk.save(stream.get()).samples, std::vector<std::uint64_t>(50, options.round_size));
  }

 private:
  Oracle cached_ = test::tree_oracle(5, 4, Algorithm::kLifted);
  Oracle shared_ = test::tree_oracle(2, 5, Algorithm::kLifted);
  Rounds rounds_{{"table", test::table}, 13, 70, 10, true};
  std::shared_ptr<const Instance> instance_ =
      make_tree(2, 3, {1, 2, 3, 4, 5, 6, 7, 8}, EstimateSpec{});
};

// Whatever call fails: one error that says what was being done and why, nothing allocated that
// stays, and what runs next works.
TEST_F(EmulatedEngine, SaysWhichCallFailed) {
  const Everything everything;
  ASSERT_EQ(cudaDeviceSynchronize(), cudaSuccess);
  const std::uint64_t before = cuda_emulation::allocated_bytes();
  for (const char* function : {"cudaMallocAsync",
                               "cudaMallocHost",
                               "cudaMemcpyAsync",
                               "cudaMemsetAsync",
                               "cudaMemGetInfo",
                               "cudaStreamCreateWithFlags",
                               "cudaStreamSynchronize",
                               "cudaEventCreateWithFlags",
                               "cudaEventRecord",
                               "cudaEventSynchronize",
                               "cudaLaunchKernelEx",
                               "cudaFuncSetAttribute",
                               "cudaOccupancyMaxActiveBlocksPerMultiprocessor",
                               "cudaFuncGetAttributes",
                               "cudaGetDevice",
                               "cudaGetDeviceCount",
                               "cudaGetDeviceProperties",
                               "cudaDeviceGetAttribute",
                               "cudaDriverGetVersion",
                               "cudaSetDevice"}) {
    std::uint64_t failures = 0;
    for (bool failed = true; failed;) {
      cuda_emulation::fail_call(function, cudaErrorInvalidValue, failures);
      failed = false;
      try {
        everything.run();
      } catch (const Error& error) {
        failed = true;
        ++failures;
        EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
        EXPECT_NE(std::string(error.what()).find("invalid argument"), std::string::npos)
            << function << ": " << error.what();
      }
      static_cast<void>(cudaDeviceSynchronize());
      static_cast<void>(cudaGetLastError());
      EXPECT_EQ(cuda_emulation::allocated_bytes(), before) << function << " after " << failures;
      ASSERT_LT(failures, 1000U) << function;
    }
    cuda_emulation::fail_call(function, cudaSuccess);  // which no call was left for
    EXPECT_GT(failures, 0U) << function;
    everything.run();
  }
}

// After a kernel's fault nothing works, frees neither: the first error is told, and nothing hangs.
TEST_F(EmulatedEngine, SurvivesADeviceThatBreaks) {
  const Everything everything;
  for (const char* function :
       {"cudaStreamSynchronize", "cudaEventSynchronize", "cudaMemcpyAsync", "cudaLaunchKernelEx"}) {
    for (const std::uint64_t calls : {0U, 1U, 5U}) {
      cuda_emulation::fail_call(function, cudaErrorLaunchFailure, calls);
      try {
        everything.run();
        ADD_FAILURE() << function << " did not fail";
      } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::kRuntime);
        EXPECT_NE(std::string(error.what()).find("cudaErrorLaunchFailure"), std::string::npos)
            << error.what();
      }
      cuda_emulation::reset_device();
      everything.run();
    }
  }
}

// Not another version space than the one that was asked for.
TEST_F(EmulatedEngine, RefusesRoundsAfterAVersionSpaceThatFailed) {
  // As many words of members as the whole class has, so that no size gives it away.
  const Rounds rounds({"table", test::table}, 1, test::kMembers - 1, 10, true);
  const auto engine = rounds.device_engine();
  cuda_emulation::fail_call("cudaMemcpyAsync", cudaErrorInvalidValue);
  EXPECT_THROW(engine->set_version_space(rounds.members()), Error);
  EXPECT_THROW(static_cast<void>(rounds.run_set(*engine)), Error);
  test::expect_same(rounds.on(*engine), rounds.on_cpu());
}

TEST_F(EmulatedEngine, ServesSeveralThreads) {
  const Everything everything;
  std::vector<std::thread> threads(3);
  for (std::thread& thread : threads) thread = std::thread([&] { everything.run(); });
  for (std::thread& thread : threads) thread.join();
}

/// Shapes at random, for some seconds.
class Shapes {
 public:
  explicit Shapes(std::uint64_t seed) : random_(seed) {}
  /// As many small ones as large ones.
  std::uint64_t between(std::uint64_t low, std::uint64_t high) {
    const double u = static_cast<double>(random_() >> 11U) * 0x1p-53;
    const auto from = static_cast<double>(low);
    return static_cast<std::uint64_t>(from * std::pow(static_cast<double>(high + 1) / from, u));
  }
  Algorithm algorithm() { return kAlgorithms[random_() % kAlgorithms.size()]; }
  bool coin() { return random_() % 2 == 0; }
  /// False once the time is over, but not before `fewest` shapes.
  bool another(int fewest) {
    constexpr std::chrono::seconds kTime{6};
    return shapes_++ < fewest || std::chrono::steady_clock::now() - begin_ < kTime;
  }

 private:
  std::mt19937_64 random_;
  int shapes_ = 0;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

TEST_F(EmulatedEngine, DrawsWhatTheCpuDrawsInAnyShape) {
  Shapes random(7);
  while (random.another(20)) {
    const bool tree = random.coin();
    const bool shared = random.coin();
    const Algorithm algorithm = random.algorithm();
    const auto alphabet = static_cast<std::uint32_t>(random.between(2, 300));
    const auto deepest =
        tree ? static_cast<std::uint64_t>(std::log(1e5) / std::log(static_cast<double>(alphabet)))
             : 300;
    const auto horizon =
        static_cast<std::uint32_t>(random.between(1, std::max<std::uint64_t>(1, deepest)));
    const auto width = static_cast<std::uint32_t>(random.between(1, 50));
    // Some chains end by their limit, above all deep ones.
    const std::uint64_t chains = random.between(1, 70'000);
    const Shape shape{chains, random.between(1, 4), std::max<std::uint64_t>(8, 1'500'000 / chains)};
    const auto processors = static_cast<int>(random.between(1, 132));
    cuda_emulation::set_processors(processors);
    SCOPED_TRACE(::testing::Message()
                 << (tree ? "tree" : "states") << ", alphabet " << alphabet << ", horizon "
                 << horizon << ", width " << width << ", shared " << shared << ", chains " << chains
                 << ", draws " << shape.draws << ", " << to_string(algorithm) << ", processors "
                 << processors);
    const Oracle oracle = tree ? test::tree_oracle(alphabet, horizon, algorithm)
                               : test::state_oracle(alphabet, horizon, width, shared, algorithm);
    ASSERT_TRUE(on_device(oracle, algorithm, shape) == on_cpu(oracle, algorithm, shape));
  }
}

TEST_F(EmulatedEngine, RunsRoundsOfClassesOfAnyShape) {
  Shapes random(11);
  const std::vector<test::Kind> kinds = test::member_kinds();
  while (random.another(8)) {
    const test::Kind& kind = kinds[random.between(1, kinds.size()) - 1];
    const auto members = static_cast<std::uint32_t>(random.between(1, test::kMembers));
    const std::uint64_t paths = random.between(1, 200'000 / (members + 100));
    const bool certified = random.coin();
    cuda_emulation::set_processors(static_cast<int>(random.between(1, 132)));
    SCOPED_TRACE(::testing::Message() << kind.name << ", members " << members << ", paths " << paths
                                      << ", certified " << certified);
    const Rounds rounds(kind, 1, members, paths, certified, kernels::PrefixNoise::Model::kSign);
    test::expect_same(rounds.on_device(), rounds.on_cpu());
    if (HasFatalFailure()) return;
  }
}

class EmulatedCommand : public testing::TreeCommandTest {};

TEST_F(EmulatedCommand, RunsOnlyWhereItIsAskedFor) {
  for (const std::string backend : {"cuda", "auto"})
    ASSERT_EQ(
        run(arguments({"--samples", "20", "--backend", backend, "--output", path(backend + ".npz"),
                       "--report", path(backend + ".json"), "--quiet"}))
            .status,
        0)
        << backend;
  const std::string device = report("cuda.json")["device"];
  EXPECT_TRUE(device.starts_with("cuda (emulated), ")) << device;
  EXPECT_EQ(report("auto.json")["options"]["backend"], "cpu");
  const auto version = run({"--version"});
  EXPECT_NE(version.out.find("emulated, for tests"), std::string::npos) << version.out;
}

}  // namespace
}  // namespace wend
