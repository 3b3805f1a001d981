// wend::cuda::Walk: symbols in device memory that are the CPU's, on the caller's stream alone, and
// the same from a captured graph as from direct launches.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "host/engines/engine.hpp"
#include "host/instances/instance.hpp"
#include "host/oracles/walk_of.hpp"
#include "kernels/cuda/check.hpp"
#include "kernels/cuda/device_memory.hpp"
#include "kernels/random/philox.hpp"
#include "tests/support/parity_oracles.hpp"
#include "wend/cuda.hpp"
#include "wend/error.hpp"
#include "wend/instance.hpp"

namespace wend {
namespace {

using kernels::cuda_check;

/// An instance that is one of the parity tests' oracles, and nothing more.
class OracleInstance final : public Instance {
 public:
  explicit OracleInstance(const test::OracleCase& oracle_case) : case_(oracle_case) {}
  [[nodiscard]] const InstanceFacts& facts() const override { return facts_; }
  [[nodiscard]] std::uint64_t table_bytes(kernels::Walk walk) const override {
    return wend::table_bytes(case_.make(algorithm_of(walk)));
  }
  [[nodiscard]] std::uint64_t working_bytes() const override { return 0; }
  [[nodiscard]] Oracle compile(kernels::Walk walk, Correction /*correction*/) const override {
    return case_.make(algorithm_of(walk));
  }
  [[nodiscard]] std::shared_ptr<BatchOracle> model(kernels::Walk /*walk*/,
                                                   Correction /*correction*/) const override {
    return nullptr;
  }
  [[nodiscard]] double log_mass(const std::uint32_t* /*symbols*/) const override { return 0; }
  [[nodiscard]] double log_weight(const std::uint32_t* /*symbols*/) const override { return 0; }
  [[nodiscard]] std::optional<double> log_estimate(const std::uint32_t*,
                                                   std::uint32_t) const override {
    return std::nullopt;
  }
  [[nodiscard]] WalkBounds walk_bounds() const override { return {}; }
  [[nodiscard]] double log_root_sum() const override { return 0; }
  [[nodiscard]] std::optional<std::pair<double, std::string>> measured_kappa() const override {
    return std::nullopt;
  }

 private:
  const test::OracleCase& case_;
  InstanceFacts facts_;
};

cuda::WalkOptions options_of(Algorithm algorithm) {
  cuda::WalkOptions options;
  options.algorithm = algorithm;
  options.chains = 1000;
  options.first_visits = 5;
  options.thin = 2;
  options.round_size = 3;
  options.seed = 42;
  options.first_chain = 17;
  options.steps_per_launch = 64;
  return options;
}

template <class T>
std::vector<T> fetch(const T* device, std::uint64_t size, cudaStream_t stream) {
  std::vector<T> host(size);
  cuda_check(cudaMemcpyAsync(host.data(), device, size * sizeof(T), cudaMemcpyDeviceToHost, stream),
             "fetching");
  cuda_check(cudaStreamSynchronize(stream), "fetching");
  return host;
}

std::vector<std::uint32_t> fetch_symbols(const cuda::Walk& walk, cudaStream_t stream) {
  return fetch(walk.symbols(), walk.chains() * walk.round_size() * walk.horizon(), stream);
}

/// `rounds` rounds of the CPU's symbols, and its chains after them.
struct Expected {
  std::vector<std::vector<std::uint32_t>> symbols;
  ChainState state;
  std::uint64_t expansions = 0;
};

Expected on_cpu(const Oracle& oracle, const cuda::WalkOptions& options, std::uint64_t rounds) {
  const auto engine =
      make_cpu_engine(oracle, walk_of(options.algorithm),
                      chains_at_root(oracle, options.chains, options.first_visits), 1);
  const std::atomic<bool> stop{false};
  const std::uint32_t words = record_words(oracle);
  const std::uint32_t length = horizon(oracle);
  kernels::RunLimits limits{};
  limits.seed = options.seed;
  limits.first_chain = options.first_chain;
  limits.purpose = kernels::kPurposeWalk;
  limits.thin = options.thin;
  limits.quota = ~std::uint64_t{0};
  limits.round_size = options.round_size;
  limits.step_budget = ~std::uint64_t{0};
  const std::uint64_t draws = options.chains * options.round_size;
  std::vector<std::uint32_t> records(draws * words);
  Expected expected;
  for (std::uint64_t round = 0; round < rounds; ++round, limits.round_begin += limits.round_size) {
    engine->advance(limits, records, stop);
    auto& symbols = expected.symbols.emplace_back(draws * length);
    for (std::uint64_t draw = 0; draw < draws; ++draw)
      decode(oracle, &records[draw * words], std::span(symbols).subspan(draw * length, length));
  }
  expected.state = engine->save();
  expected.expansions = engine->oracle_queries() / alphabet(oracle) - options.chains;
  return expected;
}

class CudaWalk : public testing::TestWithParam<test::OracleCase> {
 protected:
  void SetUp() override {
    if (!cuda_available()) GTEST_SKIP() << "no CUDA device";
  }
};

TEST_P(CudaWalk, DrawsWhatTheCpuDraws) {
  const kernels::Stream stream;
  const OracleInstance instance(GetParam());
  for (const Algorithm algorithm :
       {Algorithm::kJerrumSinclair, Algorithm::kLifted, Algorithm::kSequential}) {
    SCOPED_TRACE(to_string(algorithm));
    const cuda::WalkOptions options = options_of(algorithm);
    const Oracle oracle = GetParam().make(algorithm);
    const Expected expected = on_cpu(oracle, options, 2);
    cuda::Walk walk(instance, options, stream.get());
    EXPECT_EQ(fetch(walk.unfinished(), 1, stream.get())[0], options.chains);
    for (std::uint64_t round = 0; round < 2; ++round) {
      do {
        walk.advance_async(stream.get());
      } while (fetch(walk.unfinished(), 1, stream.get())[0] != 0);
      walk.decode_async(stream.get());
      EXPECT_EQ(fetch_symbols(walk, stream.get()), expected.symbols[round]);
      walk.next_round();
    }
    EXPECT_TRUE(test::same(walk.save(stream.get()), expected.state));
    EXPECT_EQ(fetch(walk.expansions(), 1, stream.get())[0], expected.expansions);
    for_each_column(
        [&](const char* name, const auto* device, const auto& host) {
          EXPECT_EQ(fetch(device, options.chains, stream.get()), host) << name;
        },
        kColumnNames, walk.state(), expected.state);
  }
}

// A capture fails if anything meanwhile waits for the device or touches the legacy default stream;
// work that went to another stream would be missing from the replay.
TEST_P(CudaWalk, AGraphDrawsTheSame) {
  const kernels::Stream stream;
  const OracleInstance instance(GetParam());
  const cuda::WalkOptions options = options_of(Algorithm::kLifted);
  const Expected expected = on_cpu(GetParam().make(Algorithm::kLifted), options, 1);
  cuda::Walk walk(instance, options, stream.get());
  cudaGraph_t graph = nullptr;
  cudaGraphExec_t executable = nullptr;
  cuda_check(cudaStreamBeginCapture(stream.get(), cudaStreamCaptureModeGlobal), "capturing");
  walk.advance_async(stream.get());
  walk.advance_async(stream.get());
  walk.decode_async(stream.get());
  cuda_check(cudaStreamEndCapture(stream.get(), &graph), "capturing");
  cuda_check(cudaGraphInstantiate(&executable, graph, 0), "making a graph");
  // Nothing has run yet.
  EXPECT_EQ(fetch(walk.state().steps, options.chains, stream.get()),
            std::vector<std::uint64_t>(options.chains, 0));
  do {
    cuda_check(cudaGraphLaunch(executable, stream.get()), "replaying");
  } while (fetch(walk.unfinished(), 1, stream.get())[0] != 0);
  EXPECT_EQ(fetch_symbols(walk, stream.get()), expected.symbols[0]);
  EXPECT_TRUE(test::same(walk.save(stream.get()), expected.state));
  cuda_check(cudaGraphExecDestroy(executable), "freeing a graph");
  cuda_check(cudaGraphDestroy(graph), "freeing a graph");
}

// A chain that the round has left behind has no place in the buffer of records.
TEST_P(CudaWalk, ChainsThatAreBehindStay) {
  const kernels::Stream stream;
  const OracleInstance instance(GetParam());
  cuda::WalkOptions options = options_of(Algorithm::kLifted);
  options.steps_per_launch = 8;
  options.first_visits = 3;
  cuda::Walk walk(instance, options, stream.get());
  const auto count_short = [&] {
    const std::vector<std::uint64_t> samples =
        fetch(walk.state().samples, options.chains, stream.get());
    return std::count_if(samples.begin(), samples.end(),
                         [&](std::uint64_t drawn) { return drawn < options.round_size; });
  };
  walk.advance_async(stream.get());
  const ChainState before = walk.save(stream.get());
  const auto behind = count_short();
  ASSERT_GT(behind, 0);
  walk.next_round();
  for (int launch = 0; launch < 3; ++launch) walk.advance_async(stream.get());
  const ChainState after = walk.save(stream.get());
  EXPECT_EQ(count_short(), behind);
  for (std::uint64_t chain = 0; chain < options.chains; ++chain) {
    if (before.samples[chain] < options.round_size) {
      EXPECT_EQ(after.steps[chain], before.steps[chain]) << chain;
    }
  }
  EXPECT_GE(fetch(walk.unfinished(), 1, stream.get())[0], static_cast<std::uint64_t>(behind));
}

INSTANTIATE_TEST_SUITE_P(Views, CudaWalk, testing::ValuesIn(test::oracle_cases()),
                         [](const auto& kind) { return kind.param.name; });

// The limit of a kernel's shared memory is the kernel's own: a smaller table that is set up between
// capture and launch must not lower it.
TEST(CudaWalkGraph, SurvivesASmallerTable) {
  if (!cuda_available()) GTEST_SKIP() << "no CUDA device";
  const kernels::Stream stream;
  const test::OracleCase large{"large", [](Algorithm a) { return test::tree_oracle(2, 16, a); }};
  const test::OracleCase small{"small", [](Algorithm a) { return test::tree_oracle(2, 3, a); }};
  const OracleInstance large_instance(large);
  const OracleInstance small_instance(small);
  cuda::WalkOptions options = options_of(Algorithm::kLifted);
  options.steps_per_launch = 1U << 20U;
  const Expected expected = on_cpu(large.make(Algorithm::kLifted), options, 1);
  cuda::Walk walk(large_instance, options, stream.get());
  cudaGraph_t graph = nullptr;
  cudaGraphExec_t executable = nullptr;
  cuda_check(cudaStreamBeginCapture(stream.get(), cudaStreamCaptureModeGlobal), "capturing");
  walk.advance_async(stream.get());
  walk.decode_async(stream.get());
  cuda_check(cudaStreamEndCapture(stream.get(), &graph), "capturing");
  const cuda::Walk other(small_instance, options, stream.get());
  cuda_check(cudaGraphInstantiate(&executable, graph, 0), "making a graph");
  do {
    cuda_check(cudaGraphLaunch(executable, stream.get()), "replaying");
  } while (fetch(walk.unfinished(), 1, stream.get())[0] != 0);
  EXPECT_EQ(fetch_symbols(walk, stream.get()), expected.symbols[0]);
  cuda_check(cudaGraphExecDestroy(executable), "freeing a graph");
  cuda_check(cudaGraphDestroy(graph), "freeing a graph");
}

/// What the constructor says of valid options after `change`; empty if it makes a walk.
template <class Change>
std::string complaint(const Change& change) {
  const auto instance = make_tree(2, 1, {1.0, 2.0}, EstimateSpec{});
  cuda::WalkOptions options;
  options.first_visits = 1;
  change(options);
  try {
    const cuda::Walk walk(*instance, options, nullptr);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    return error.what();
  }
  return "";
}

TEST(CudaWalkOptions, OutOfRangeIsRefused) {
  EXPECT_EQ(complaint([](auto& options) { options.chains = 0; }), "chains must be at least 1");
  EXPECT_EQ(complaint([](auto& options) { options.first_visits = 0; }),
            "first_visits must be at least 1");
  EXPECT_EQ(complaint([](auto& options) { options.thin = 0; }), "thin must be at least 1");
  EXPECT_EQ(complaint([](auto& options) { options.round_size = 0; }),
            "round_size must be at least 1");
  EXPECT_EQ(complaint([](auto& options) { options.steps_per_launch = 0; }),
            "steps_per_launch must be at least 1");
}

// Nobody draws first visits of a walk by leaving the option out.
TEST(CudaWalkOptions, OnlyTheSequentialSamplerNeedsNoFirstVisits) {
  const auto by_default = [](Algorithm algorithm) {
    return complaint([&](auto& options) {
      options = {};
      options.algorithm = algorithm;
    });
  };
  for (const Algorithm algorithm : {Algorithm::kJerrumSinclair, Algorithm::kLifted})
    EXPECT_EQ(by_default(algorithm), "first_visits must be at least 1") << to_string(algorithm);
  const std::string of_sequential = by_default(Algorithm::kSequential);
  if (cuda_available()) {
    EXPECT_EQ(of_sequential, "");
  } else {
    EXPECT_EQ(of_sequential.find("backend = cuda: no CUDA device: "), 0U) << of_sequential;
  }
}

}  // namespace
}  // namespace wend
