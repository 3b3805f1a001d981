// What the kernels and their memory promise on a GPU: Random123's vectors, rows in shared memory or
// in the caches, errors, and that an engine does not touch the default stream.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "host/engines/cuda/engine.hpp"
#include "host/oracles/walk_of.hpp"
#include "kernels/cuda/check.hpp"
#include "kernels/cuda/device_memory.hpp"
#include "kernels/random/philox.hpp"
#include "tests/support/cuda_scale.hpp"
#include "tests/support/parity_oracles.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

using kernels::cuda_check;

class CudaDevice : public testing::Test {
 protected:
  void SetUp() override {
    if (!cuda_available()) GTEST_SKIP() << "no CUDA device";
  }
};

/// An entry of Random123's kat_vectors for philox4x32-10, in draw_block's terms.
struct Vector {
  std::uint64_t seed;
  std::uint32_t purpose;
  std::uint64_t chain;
  std::uint64_t block;
  kernels::DrawBlock expected;
};

constexpr std::array kVectors = {
    Vector{0, 0, 0, 0, {{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}}},
    Vector{0xffffffffffffffff,
           0xff,
           0xffffffffffffffff,
           0x00ffffffffffffff,
           {{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}}},
    Vector{0x299f31d0a4093822,
           0x85,
           0x0370734413198a2e,
           0x00a308d3243f6a88,
           {{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}}}};

__global__ void draw_kernel(const Vector* vectors, kernels::DrawBlock* draws) {
  const Vector& v = vectors[threadIdx.x];
  draws[threadIdx.x] = kernels::draw_block(v.seed, v.purpose, v.chain, v.block);
}

TEST_F(CudaDevice, PhiloxKnownAnswers) {
  const kernels::Stream stream;
  const kernels::DeviceArray<Vector> vectors(kVectors.size(), "vectors", stream.get());
  const kernels::DeviceArray<kernels::DrawBlock> draws(kVectors.size(), "draws", stream.get());
  std::array<kernels::DrawBlock, kVectors.size()> found{};
  vectors.upload(kVectors.data(), stream.get());
  cudaLaunchConfig_t config{};
  config.gridDim = 1;
  config.blockDim = kVectors.size();
  config.stream = stream.get();
  cuda_check(cudaLaunchKernelEx(&config, draw_kernel, vectors.data(), draws.data()), "launching");
  draws.download(found.data(), stream.get());
  cuda_check(cudaStreamSynchronize(stream.get()), "drawing");
  for (std::size_t i = 0; i < kVectors.size(); ++i)
    for (std::size_t word = 0; word < 4; ++word)
      EXPECT_EQ(found[i].word[word], kVectors[i].expected.word[word]) << i << ", " << word;
}

kernels::RunLimits limits_of(std::uint64_t quota) {
  kernels::RunLimits limits{};
  limits.seed = 99;
  limits.thin = 3;
  limits.quota = quota;
  limits.round_size = quota;
  limits.step_budget = ~std::uint64_t{0};
  return limits;
}

TEST_F(CudaDevice, RowPlacementsDrawTheSame) {
  constexpr std::uint64_t kChains = test::on_gpu(20'000, 1000);
  constexpr std::uint64_t kDraws = 3;
  const std::atomic<bool> stop{false};
  for (const test::OracleCase& oracle_case : test::oracle_cases()) {
    SCOPED_TRACE(oracle_case.name);
    for (const Algorithm algorithm :
         {Algorithm::kJerrumSinclair, Algorithm::kLifted, Algorithm::kSequential}) {
      const Oracle oracle = oracle_case.make(algorithm);
      const ChainState start = chains_at_root(oracle, kChains, 2);
      CudaEngine cached(oracle, walk_of(algorithm), start, kernels::RowPlacement::kCaches);
      CudaEngine shared(oracle, walk_of(algorithm), start, kernels::RowPlacement::kSharedTop);
      std::vector<std::uint32_t> cached_records(kChains * kDraws * record_words(oracle));
      std::vector<std::uint32_t> shared_records(cached_records.size());
      cached.advance(limits_of(kDraws), cached_records, stop);
      shared.advance(limits_of(kDraws), shared_records, stop);
      EXPECT_EQ(cached_records, shared_records);
      EXPECT_TRUE(test::same(cached.save(), shared.save()));
      EXPECT_EQ(cached.samples(), cached.save().samples);
      EXPECT_EQ(cached.oracle_queries(), shared.oracle_queries());
    }
  }
}

/// Holds its stream until it is released, or for half a minute; then says which.
struct Hold {
  std::atomic<bool> released{false};
  std::atomic<bool> gave_up{false};

  static void CUDART_CB wait(void* self) {
    Hold& hold = *static_cast<Hold*>(self);
    for (int i = 0; i < 30'000 && !hold.released; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    hold.gave_up = !hold.released;
  }
};

struct Release {
  Hold& hold;
  ~Release() {
    hold.released = true;
    EXPECT_EQ(cudaDeviceSynchronize(), cudaSuccess);
  }
};

// While the default stream is held, an engine that used it, or that waited for the device, would
// wait until the hold gives up.
TEST_F(CudaDevice, EngineLeavesTheDefaultStreamAlone) {
  const Oracle oracle = test::state_oracle(2, 12, 40, false, Algorithm::kLifted);
  CudaEngine engine(oracle, kernels::Walk::kLifted, chains_at_root(oracle, 1000, 2));
  std::vector<std::uint32_t> records(1000 * record_words(oracle));
  const std::atomic<bool> stop{false};
  kernels::RunLimits limits = limits_of(1);
  engine.advance(limits, records, stop);  // loads the kernels, which may wait for the device
  Hold hold;
  const Release release{hold};  // and wait, whatever is thrown
  cuda_check(cudaLaunchHostFunc(cudaStreamLegacy, &Hold::wait, &hold), "holding");
  limits.quota = 2;
  limits.round_begin = 1;
  engine.advance(limits, records, stop);
  EXPECT_EQ(engine.save().samples, std::vector<std::uint64_t>(1000, 2));
  EXPECT_EQ(cudaStreamQuery(cudaStreamLegacy), cudaErrorNotReady);
  static_cast<void>(cudaGetLastError());  // which the query may have set
  EXPECT_FALSE(hold.gave_up);
}

TEST_F(CudaDevice, NoRoomIsAnErrorAndNothingElseBreaks) {
  const kernels::Stream stream;
  try {
    const kernels::DeviceArray<std::uint64_t> array(std::uint64_t{1} << 50U, "rows", stream.get());
    FAIL() << "a petabyte";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kRuntime);
    EXPECT_NE(std::string(error.what()).find("rows"), std::string::npos) << error.what();
  }
  EXPECT_EQ(cudaGetLastError(), cudaSuccess);
  const kernels::DeviceArray<std::uint64_t> array(16, "rows", stream.get());
  EXPECT_NE(array.data(), nullptr);
}

TEST_F(CudaDevice, AnOlderErrorOfTheCallersIsNotTheLaunchs) {
  const Oracle oracle = test::tree_oracle(2, 4, Algorithm::kLifted);
  for (const auto placement : {kernels::RowPlacement::kCaches, kernels::RowPlacement::kSharedTop}) {
    CudaEngine engine(oracle, kernels::Walk::kLifted, chains_at_root(oracle, 10, 1), placement);
    const std::atomic<bool> stop{false};
    std::vector<std::uint32_t> records(10 * record_words(oracle));
    const kernels::Stream stream;
    void* room = nullptr;
    EXPECT_EQ(cudaMallocAsync(&room, std::size_t{1} << 60U, stream.get()),
              cudaErrorMemoryAllocation);
    EXPECT_NO_THROW(engine.advance(limits_of(1), records, stop));
    // Whether the runtime still remembers it then is the runtime's affair.
    static_cast<void>(cudaGetLastError());
  }
}

TEST_F(CudaDevice, SizesThatDoNotFitAreRefused) {
  const Oracle oracle = test::tree_oracle(2, 4, Algorithm::kLifted);
  CudaEngine engine(oracle, kernels::Walk::kLifted, chains_at_root(oracle, 10, 1));
  const std::atomic<bool> stop{false};
  std::vector<std::uint32_t> records(9);
  EXPECT_THROW(engine.advance(limits_of(1), records, stop), Error);
  EXPECT_THROW(engine.restore(chains_at_root(oracle, 11, 1)), Error);
  const kernels::Stream stream;
  try {
    const CudaChains chains(std::uint64_t{1} << 31U, 3, stream.get());
    FAIL() << "paths of more words than 32 bits can number";
  } catch (const Error& error) {  // before a hundred gigabytes are allocated
    EXPECT_EQ(error.kind(), ErrorKind::kUsage) << error.what();
  }
}

TEST_F(CudaDevice, TheEngineNamesItsDevice) {
  const Oracle oracle = test::tree_oracle(2, 4, Algorithm::kLifted);
  CudaEngine engine(oracle, kernels::Walk::kLifted, chains_at_root(oracle, 1, 1));
  cudaDeviceProp properties{};
  cuda_check(cudaGetDeviceProperties(&properties, 0), "asking for the name");
  EXPECT_EQ(engine.device().backend, Backend::kCuda);
  EXPECT_EQ(engine.device().name.rfind(properties.name, 0), 0U) << engine.device().name;
}

TEST(CudaCheck, NamesWhatWasDoneAndTheError) {
  try {
    cuda_check(cudaErrorInvalidValue, "launching the walk");
    FAIL() << "an error that passes";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kRuntime);
    EXPECT_EQ(std::string(error.what()),
              "CUDA: launching the walk: cudaErrorInvalidValue (invalid argument)");
  }
  EXPECT_NO_THROW(cuda_check(cudaSuccess, "nothing"));
}

}  // namespace
}  // namespace wend
