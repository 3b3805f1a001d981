// The emulation of a device itself: what it promises to the tests that run on it.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <cub/block/block_reduce.cuh>
#include <cub/block/block_scan.cuh>
#include <cub/warp/warp_reduce.cuh>
#include <numeric>
#include <thread>
#include <vector>

#if defined(WEND_SANITIZED)
#include <sanitizer/asan_interface.h>
#endif

#include "kernels/cuda/check.hpp"
#include "kernels/cuda/device_memory.hpp"
#include "tests/support/cuda_emulation/emulation.hpp"

namespace wend {
namespace {

using cuda_emulation::Order;
using kernels::cuda_check;
using kernels::DeviceArray;
using kernels::PinnedArray;
using kernels::Stream;

cudaLaunchConfig_t shape(unsigned blocks, unsigned threads, const Stream& stream) {
  cudaLaunchConfig_t config{};
  config.gridDim = blocks;
  config.blockDim = threads;
  config.stream = stream.get();
  return config;
}

/// `size` numbers that a kernel leaves.
template <class... Parameters, class... Arguments>
std::vector<std::uint32_t> run(void (*kernel)(std::uint32_t*, Parameters...), std::uint64_t size,
                               unsigned blocks, unsigned threads, const Arguments&... arguments) {
  const Stream stream;
  const DeviceArray<std::uint32_t> device(size, "numbers", stream.get());
  const cudaLaunchConfig_t config = shape(blocks, threads, stream);
  cuda_check(cudaLaunchKernelEx(&config, kernel, device.data(), arguments...), "launching");
  std::vector<std::uint32_t> host(size);
  device.download(host.data(), stream.get());
  cuda_check(cudaStreamSynchronize(stream.get()), "waiting");
  return host;
}

constexpr std::array kOrders = {Order::kForward, Order::kBackward, Order::kRandom};

__global__ void turn_around(std::uint32_t* numbers, const bool waits) {
  __shared__ std::uint32_t shared[256];
  const std::uint32_t begin = blockIdx.x * blockDim.x;
  shared[threadIdx.x] = begin + threadIdx.x;
  if (waits) __syncthreads();
  numbers[begin + threadIdx.x] = shared[blockDim.x - 1 - threadIdx.x];
}

TEST(EmulatedBlocks, WaitAtBarriers) {
  std::vector<std::uint32_t> expected(7 * 96);
  for (std::uint32_t i = 0; i < expected.size(); ++i) expected[i] = i / 96 * 96 + 95 - i % 96;
  for (const Order order : kOrders) {
    cuda_emulation::set_order(order);
    EXPECT_EQ(run(turn_around, expected.size(), 7, 96, true), expected);
  }
}

TEST(EmulatedBlocks, ShowWhatABarrierIsMissingFor) {
  cuda_emulation::set_order(Order::kForward);
  const auto forward = run(turn_around, 2 * 64, 2, 64, false);
  cuda_emulation::set_order(Order::kBackward);
  EXPECT_NE(run(turn_around, 2 * 64, 2, 64, false), forward);
  cuda_emulation::set_order(Order::kRandom);
}

/// kernels::BlockGroup's reduction, twice, with and without the barrier that keeps a warp from
/// writing what another has not read.
__global__ void reduce_twice(std::uint32_t* numbers, const bool waits) {
  __shared__ std::uint32_t exchange[64];
  std::uint32_t total = 0;
  for (std::uint32_t round = 0; round < 2; ++round) {
    exchange[threadIdx.x] = round * 1000 + threadIdx.x / 32;
    __syncthreads();
    std::uint32_t value = exchange[threadIdx.x] + exchange[threadIdx.x ^ 32U];
    if (waits) __syncthreads();
    for (unsigned apart = 16; apart >= 1; apart /= 2) value += __shfl_xor_sync(~0U, value, apart);
    total += value;
  }
  numbers[threadIdx.x] = total;
}

TEST(EmulatedBlocks, LetOneWarpRunAheadOfAnother) {
  const std::vector<std::uint32_t> expected(64, 32 * (1 + 2001));
  for (const Order order : kOrders) {
    cuda_emulation::set_order(order);
    EXPECT_EQ(run(reduce_twice, 64, 1, 64, true), expected);
  }
  for (const Order order : {Order::kForward, Order::kBackward}) {
    cuda_emulation::set_order(order);
    EXPECT_NE(run(reduce_twice, 64, 1, 64, false), expected);
  }
  cuda_emulation::set_order(Order::kRandom);
}

__global__ void meet_in_warps(std::uint32_t* numbers) {
  using Reduce = cub::WarpReduce<unsigned long long>;
  __shared__ typename Reduce::TempStorage storage[4];
  const std::uint32_t own = threadIdx.x + 1;
  const std::uint32_t xored = __shfl_xor_sync(~0U, own, 5);
  const std::uint32_t votes = __ballot_sync(~0U, threadIdx.x % 3 == 0);
  const auto sum = static_cast<std::uint32_t>(Reduce(storage[threadIdx.x / 32]).Sum(own));
  __syncwarp();
  numbers[3 * threadIdx.x] = xored;
  numbers[3 * threadIdx.x + 1] = votes;
  numbers[3 * threadIdx.x + 2] = threadIdx.x % 32 == 0 ? sum : 0;
}

TEST(EmulatedWarps, ExchangeVoteAndSum) {
  for (const Order order : kOrders) {
    cuda_emulation::set_order(order);
    const auto numbers = run(meet_in_warps, 3 * 128, 1, 128);
    for (std::uint32_t i = 0; i < 128; ++i) {
      EXPECT_EQ(numbers[3 * i], (i / 32 * 32 + (i % 32 ^ 5U)) + 1);
      std::uint32_t votes = 0;
      for (std::uint32_t lane = 0; lane < 32; ++lane)
        votes |= static_cast<std::uint32_t>((i / 32 * 32 + lane) % 3 == 0) << lane;
      EXPECT_EQ(numbers[3 * i + 1], votes);
      const std::uint32_t first = i / 32 * 32 + 1;
      EXPECT_EQ(numbers[3 * i + 2], i % 32 == 0 ? 32 * first + 31 * 16 : 0);
    }
  }
}

/// CUB's reductions and sums of a block, twice from one storage, with and without the barrier that
/// it wants between them.
__global__ void reduce_blocks(std::uint32_t* numbers, const bool waits) {
  using Reduce = cub::BlockReduce<std::uint32_t, 96>;
  using Scan = cub::BlockScan<std::uint32_t, 96>;
  __shared__ union {
    typename Reduce::TempStorage reduce;
    typename Scan::TempStorage scan;
  } storage;
  const std::uint32_t own = 2 * threadIdx.x + 1;
  const std::uint32_t sum = Reduce(storage.reduce).Sum(own);
  if (waits) __syncthreads();
  const std::uint32_t largest =
      Reduce(storage.reduce).Reduce(own ^ 1U, [](std::uint32_t a, std::uint32_t b) {
        return a > b ? a : b;
      });
  if (waits) __syncthreads();
  std::uint32_t before = 7;
  Scan(storage.scan).ExclusiveSum(own, before);
  if (threadIdx.x == 0) {
    numbers[0] = sum;
    numbers[1] = largest;
  }
  numbers[2 + threadIdx.x] = before;
}

TEST(EmulatedBlocks, ReduceAndSumUp) {
  std::vector<std::uint32_t> expected = {96 * 96, 190};
  for (std::uint32_t i = 0; i < 96; ++i) expected.push_back(i * i);
  for (const Order order : kOrders) {
    cuda_emulation::set_order(order);
    EXPECT_EQ(run(reduce_blocks, expected.size(), 1, 96, true), expected);
  }
  bool seen = false;
  for (const Order order : {Order::kForward, Order::kBackward}) {
    cuda_emulation::set_order(order);
    seen = seen || run(reduce_blocks, expected.size(), 1, 96, false) != expected;
  }
  EXPECT_TRUE(seen);
  cuda_emulation::set_order(Order::kRandom);
}

__global__ void part_ways(std::uint32_t* numbers) {
  if (threadIdx.x < 10) __syncthreads();
  if (threadIdx.x >= 10) __syncwarp();
  numbers[threadIdx.x] = 1;
}

TEST(EmulatedBlocks, EndTheProcessWhereThreadsWaitForEver) {
  EXPECT_DEATH(run(part_ways, 32, 1, 32), "cuda_emulation: threads wait at a barrier");
}

__global__ void meet_elsewhere(std::uint32_t* numbers) {
  std::uint32_t found = 0;
  if (threadIdx.x < 16) {
    found = __ballot_sync(~0U, true);
  } else {
    found = __ballot_sync(~0U, false);
  }
  numbers[threadIdx.x] = found;
}

TEST(EmulatedWarps, EndTheProcessWhereThreadsMeetInDifferentPlaces) {
  EXPECT_DEATH(run(meet_elsewhere, 32, 1, 32), "cuda_emulation: threads of a warp wait");
}

/// Streams that run when they are waited for, and no sooner.
class EmulatedStreams : public ::testing::Test {
 protected:
  void SetUp() override { cuda_emulation::set_order(Order::kForward); }
  void TearDown() override { cuda_emulation::set_order(Order::kRandom); }
};

#if defined(WEND_SANITIZED)
__global__ void tell_frame(std::uint32_t* numbers) {
  const auto frame = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  numbers[0] = static_cast<std::uint32_t>(frame);
  numbers[1] = static_cast<std::uint32_t>(frame >> 32U);
}

// Whatever is mapped where the stacks of a thread's blocks were must not find their poison there.
TEST(EmulatedBlocks, LeaveNoPoisonBehind) {
  std::vector<std::uint32_t> halves;
  std::thread([&] { halves = run(tell_frame, 2, 1, 1); }).join();
  const std::uintptr_t frame = std::uintptr_t{halves[1]} << 32U | halves[0];
  constexpr std::uintptr_t kPage = 4096;
  const std::uintptr_t end = (frame / kPage + 1) * kPage;
  EXPECT_EQ(__asan_region_is_poisoned(reinterpret_cast<void*>(frame), end - frame), nullptr);
}
#endif

TEST_F(EmulatedStreams, WorkRunsWhenSomebodyWaits) {
  const Stream stream;
  const DeviceArray<std::uint32_t> device(4, "numbers", stream.get());
  const PinnedArray<std::uint32_t> host(4);
  std::iota(host.data(), host.data() + 4, 10U);
  device.upload(host.data(), stream.get());
  cuda_check(cudaMemsetAsync(device.data(), 0, sizeof(std::uint32_t), stream.get()), "clearing");
  host.data()[1] = 77;  // page-locked memory is read when the copy runs
  EXPECT_EQ(cudaStreamQuery(stream.get()), cudaErrorNotReady);
  EXPECT_EQ(cudaGetLastError(), cudaErrorNotReady);
  device.download(host.data(), stream.get());
  EXPECT_EQ(host.data()[0], 10U);
  cuda_check(cudaStreamSynchronize(stream.get()), "waiting");
  EXPECT_EQ(std::vector(host.data(), host.data() + 4), (std::vector<std::uint32_t>{0, 77, 12, 13}));
  EXPECT_EQ(cudaStreamQuery(stream.get()), cudaSuccess);
}

TEST_F(EmulatedStreams, OtherMemoryOfTheHostIsCopiedAtOnce) {
  const Stream stream;
  const DeviceArray<std::uint32_t> device(1, "numbers", stream.get());
  std::vector<std::uint32_t> host = {5};
  device.upload(host.data(), stream.get());
  host[0] = 6;
  device.download(host.data(), stream.get());
  EXPECT_EQ(host[0], 5U);
}

TEST_F(EmulatedStreams, DoNotWaitForEachOther) {
  const Stream one;
  const Stream other;
  const DeviceArray<std::uint32_t> device(1, "numbers", one.get());
  std::uint32_t host = 3;
  device.upload(&host, one.get());
  device.download(&host, other.get());  // without an event between them
  EXPECT_EQ(host, 0xCDCDCDCDU);
  const kernels::Event event;
  event.record(one.get());
  event.wait("copying");
  device.download(&host, other.get());
  EXPECT_EQ(host, 3U);
}

// In random order a stream may be ahead of what waits for it, so that what is freed or overwritten
// too early shows as well as what comes too late.
TEST_F(EmulatedStreams, MayRunBeforeSomebodyWaits) {
  cuda_emulation::set_order(Order::kRandom);
  int early = 0;
  for (int i = 0; i < 100; ++i) {
    const Stream one;
    const Stream other;
    const DeviceArray<std::uint32_t> device(2, "numbers", one.get());
    cuda_check(cudaMemsetAsync(device.data(), 1, 4, other.get()), "clearing");
    cuda_check(cudaMemsetAsync(device.data() + 1, 1, 4, one.get()), "clearing");
    cuda_check(cudaStreamSynchronize(one.get()), "waiting");
    if (cudaStreamQuery(other.get()) == cudaSuccess) ++early;
    cuda_check(cudaDeviceSynchronize(), "waiting");
  }
  static_cast<void>(cudaGetLastError());
  EXPECT_GT(early, 0);
  EXPECT_LT(early, 100);
}

TEST_F(EmulatedStreams, EventsAreOfTheirLastRecord) {
  const Stream one;
  const Stream other;
  const kernels::Event event;
  event.record(one.get());
  event.record(other.get());
  event.wait("twice");
  EXPECT_EQ(cudaStreamQuery(other.get()), cudaSuccess);
  EXPECT_EQ(cudaStreamQuery(one.get()), cudaErrorNotReady);
  cuda_check(cudaDeviceSynchronize(), "waiting");
  event.wait("what has happened");
  static_cast<void>(cudaGetLastError());
}

TEST_F(EmulatedStreams, FunctionsOfTheHostMustNotCallCuda) {
  const Stream stream;
  cudaError_t found = cudaSuccess;
  cuda_check(cudaLaunchHostFunc(
                 stream.get(),
                 [](void* error) {
                   int device = 0;
                   *static_cast<cudaError_t*>(error) = cudaGetDevice(&device);
                 },
                 &found),
             "launching");
  cuda_check(cudaStreamSynchronize(stream.get()), "waiting");
  EXPECT_EQ(found, cudaErrorNotPermitted);
  EXPECT_EQ(cudaGetLastError(), cudaErrorNotPermitted);
}

TEST_F(EmulatedStreams, EndTheProcessOnceTheyAreGone) {
  cudaStream_t stream = nullptr;
  cuda_check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "making");
  cuda_check(cudaStreamDestroy(stream), "destroying");
  EXPECT_DEATH(cudaStreamSynchronize(stream), "cuda_emulation: a stream is used after");
}

TEST_F(EmulatedStreams, EndTheProcessWhereMemoryIsGone) {
  {
    const Stream one;
    const Stream other;
    void* memory = nullptr;
    cuda_check(cudaMallocAsync(&memory, 16, one.get()), "allocating");
    cuda_check(cudaMemsetAsync(memory, 0, 16, other.get()), "clearing");
    cuda_check(cudaFreeAsync(memory, one.get()), "freeing");
    cuda_check(cudaStreamSynchronize(one.get()), "waiting");
    EXPECT_DEATH(cudaStreamSynchronize(other.get()), "cuda_emulation: work on device memory");
  }
  cuda_emulation::reset_device();
}

TEST(EmulatedErrors, OfKernelsStay) {
  {
    const Stream stream;
    void* memory = nullptr;
    cuda_check(cudaMallocAsync(&memory, 16, stream.get()), "allocating");
    cuda_emulation::fail_call("cudaStreamSynchronize", cudaErrorLaunchFailure);
    EXPECT_EQ(cudaStreamSynchronize(stream.get()), cudaErrorLaunchFailure);
    EXPECT_EQ(cudaGetLastError(), cudaErrorLaunchFailure);
    EXPECT_EQ(cudaGetLastError(), cudaErrorLaunchFailure);
    EXPECT_EQ(cudaFreeAsync(memory, stream.get()), cudaErrorLaunchFailure);
  }
  cuda_emulation::reset_device();
  EXPECT_EQ(cuda_emulation::allocated_bytes(), 0U);
  EXPECT_EQ(cudaGetLastError(), cudaSuccess);
  const Stream stream;
  EXPECT_EQ(cudaStreamSynchronize(stream.get()), cudaSuccess);
}

TEST(EmulatedMemory, IsCheckedAndNeverZero) {
  const std::uint64_t before = cuda_emulation::allocated_bytes();
  const Stream stream;
  void* memory = nullptr;
  cuda_check(cudaMallocAsync(&memory, 16, stream.get()), "allocating");
  std::array<std::uint32_t, 8> host{};
  const auto copy = [&](std::size_t bytes, cudaMemcpyKind kind) {
    return kind == cudaMemcpyDeviceToHost
               ? cudaMemcpyAsync(host.data(), memory, bytes, kind, stream.get())
               : cudaMemcpyAsync(memory, host.data(), bytes, kind, stream.get());
  };
  EXPECT_EQ(copy(16, cudaMemcpyDeviceToHost), cudaSuccess);
  EXPECT_EQ(host[0], 0xCDCDCDCDU);
  EXPECT_EQ(copy(17, cudaMemcpyDeviceToHost), cudaErrorInvalidValue);
  EXPECT_EQ(copy(17, cudaMemcpyHostToDevice), cudaErrorInvalidValue);
  EXPECT_EQ(cudaMemcpyAsync(memory, memory, 4, cudaMemcpyHostToDevice, stream.get()),
            cudaErrorInvalidMemcpyDirection);
  EXPECT_EQ(cudaMemcpyAsync(host.data(), host.data(), 4, cudaMemcpyHostToDevice, stream.get()),
            cudaErrorInvalidValue);
  EXPECT_EQ(cudaFreeAsync(memory, stream.get()), cudaSuccess);
  EXPECT_EQ(cudaFreeAsync(memory, stream.get()), cudaErrorInvalidValue);
  EXPECT_EQ(copy(4, cudaMemcpyDeviceToHost), cudaErrorInvalidValue);
  EXPECT_EQ(cuda_emulation::allocated_bytes(), before + 16);
  cuda_check(cudaStreamSynchronize(stream.get()), "waiting");
  EXPECT_EQ(cuda_emulation::allocated_bytes(), before);
  EXPECT_EQ(cudaMallocAsync(&memory, std::size_t{1} << 40U, stream.get()),
            cudaErrorMemoryAllocation);
  static_cast<void>(cudaGetLastError());
}

TEST(EmulatedLaunches, KeepToTheLimitsOfTheDevice) {
  const Stream stream;
  const DeviceArray<std::uint32_t> device(2048, "numbers", stream.get());
  const auto launch = [&](unsigned blocks, unsigned threads, std::size_t dynamic) {
    cudaLaunchConfig_t config = shape(blocks, threads, stream);
    config.dynamicSmemBytes = dynamic;
    const cudaError_t error = cudaLaunchKernelEx(&config, turn_around, device.data(), true);
    EXPECT_EQ(cudaGetLastError(), error);
    return error;
  };
  EXPECT_EQ(launch(0, 32, 0), cudaErrorInvalidConfiguration);
  EXPECT_EQ(launch(1, 0, 0), cudaErrorInvalidConfiguration);
  EXPECT_EQ(launch(1, 1025, 0), cudaErrorInvalidConfiguration);
  EXPECT_EQ(launch(1, 32, (48U << 10U) + 1), cudaErrorInvalidValue);
  EXPECT_EQ(launch(1, 32, 48U << 10U), cudaSuccess);
  EXPECT_EQ(
      cudaFuncSetAttribute(turn_around, cudaFuncAttributeMaxDynamicSharedMemorySize, 227 << 10),
      cudaSuccess);
  EXPECT_EQ(launch(1, 32, 227U << 10U), cudaSuccess);
  EXPECT_EQ(
      cudaFuncSetAttribute(turn_around, cudaFuncAttributeMaxDynamicSharedMemorySize, 228 << 10),
      cudaErrorInvalidValue);
  static_cast<void>(cudaGetLastError());
  const std::uint64_t before = cuda_emulation::launches();
  cuda_check(cudaDeviceSynchronize(), "waiting");
  EXPECT_EQ(cuda_emulation::launches(), before + 2);
}

TEST(EmulatedGraphs, RunWhatWasCaptured) {
  const Stream stream;
  const DeviceArray<std::uint32_t> device(1, "numbers", stream.get());
  cuda_check(cudaStreamBeginCapture(stream.get(), cudaStreamCaptureModeGlobal), "capturing");
  cuda_check(cudaMemsetAsync(device.data(), 7, 4, stream.get()), "clearing");
  cudaGraph_t graph = nullptr;
  cuda_check(cudaStreamEndCapture(stream.get(), &graph), "capturing");
  std::uint32_t host = 0;
  device.download(&host, stream.get());
  EXPECT_EQ(host, 0xCDCDCDCDU);  // captured, not done
  cudaGraphExec_t executable = nullptr;
  cuda_check(cudaGraphInstantiate(&executable, graph, 0), "making");
  cuda_check(cudaGraphDestroy(graph), "freeing");
  cuda_check(cudaGraphLaunch(executable, stream.get()), "launching");
  cuda_check(cudaGraphExecDestroy(executable), "freeing");
  device.download(&host, stream.get());
  EXPECT_EQ(host, 0x07070707U);

  cuda_check(cudaStreamBeginCapture(stream.get(), cudaStreamCaptureModeGlobal), "capturing");
  EXPECT_EQ(cudaStreamSynchronize(stream.get()), cudaErrorStreamCaptureUnsupported);
  EXPECT_EQ(cudaStreamEndCapture(stream.get(), &graph), cudaErrorStreamCaptureInvalidated);

  cuda_check(cudaStreamBeginCapture(stream.get(), cudaStreamCaptureModeGlobal), "capturing");
  void* memory = nullptr;
  EXPECT_EQ(cudaMallocAsync(&memory, 16, stream.get()), cudaErrorStreamCaptureUnsupported);
  EXPECT_EQ(cudaStreamEndCapture(stream.get(), &graph), cudaErrorStreamCaptureInvalidated);
  static_cast<void>(cudaGetLastError());
}

}  // namespace
}  // namespace wend
