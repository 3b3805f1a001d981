#include "host/engines/cuda/engine.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <memory>

#include "kernels/walk/advance.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

using kernels::cuda_check;

// A launch should be long beside its own cost, some 10 us, and short beside a round, at whose end
// the chains' last launches are not full.
constexpr double kShortLaunch = 0.005;
constexpr double kLongLaunch = 0.02;
constexpr std::uint64_t kFirstSteps = 1U << 12U;
constexpr std::uint64_t kFewestSteps = 1U << 8U;
constexpr std::uint64_t kMostSteps = 1U << 24U;

// The oldest GPUs that the kernels are compiled for.
constexpr int kOldestMajor = 8;

// Why CUDA cannot be used here; empty if it can.
std::string why_no_device() {
  int count = 0;
  int device = 0;
  int major = 0;
  int pools = 0;
  cudaError_t error = cudaGetDeviceCount(&count);
  if (error == cudaSuccess && count == 0) return "the driver shows none";
  if (error == cudaSuccess) error = cudaGetDevice(&device);
  if (error == cudaSuccess)
    error = cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device);
  if (error == cudaSuccess)
    error = cudaDeviceGetAttribute(&pools, cudaDevAttrMemoryPoolsSupported, device);
  if (error != cudaSuccess) {
    static_cast<void>(cudaGetLastError());
    return cudaGetErrorString(error);
  }
  if (major < kOldestMajor)
    return fmt::format("compute capability {}.x is older than {}.0", major, kOldestMajor);
  if (pools == 0) return "the device has no memory pools";
  return "";
}

}  // namespace

Device describe_cuda_device() {
  if (const std::string why = why_no_device(); !why.empty())
    throw Error(ErrorKind::kUsage, "backend = cuda", "no CUDA device: " + why);
  int device = 0;
  int driver = 0;
  cudaDeviceProp properties{};
  cuda_check(cudaGetDevice(&device), "asking for the device");
  cuda_check(cudaGetDeviceProperties(&properties, device), "asking for the device's name");
  cuda_check(cudaDriverGetVersion(&driver), "asking for the driver's version");
  return {Backend::kCuda,
          fmt::format("{}, {} SMs, {} MiB, CUDA driver {}.{}", properties.name,
                      properties.multiProcessorCount, properties.totalGlobalMem >> 20U,
                      driver / 1000, driver % 1000 / 10)};
}

CudaEngine::CudaEngine(const Oracle& oracle, kernels::Walk walk, const ChainState& chains,
                       kernels::RowPlacement placement)
    : device_(describe_cuda_device()),
      host_oracle_(oracle),
      walk_(walk),
      placement_(placement),
      oracle_(oracle, stream_.get()),
      chains_(chains.chains(), oracle_.path_words(), stream_.get()),
      status_(1, "counters", stream_.get()),
      host_status_(1),
      records_(stream_.get()),
      step_budget_(kFirstSteps) {
  *host_status_.data() = {};
  status_.upload(host_status_.data(), stream_.get());
  oracle_.visit([&](const auto& view) {
    resident_chains_ = kernels::resident_chains(view, walk_, placement_);
  });
  restore(chains);
  // The roots of new chains were expanded when the chains were made.
  root_expansions_ = static_cast<std::uint64_t>(
      std::count(chains.steps.begin(), chains.steps.end(), std::uint64_t{0}));
}

void CudaEngine::advance(const kernels::RunLimits& limits, std::span<std::uint32_t> records,
                         const std::atomic<bool>& stop) {
  const std::uint64_t words = chains_.size() * limits.round_size * oracle_.record_words();
  if (records.size() < words)
    throw Error(ErrorKind::kUsage, fmt::format("room for {} words of records, where a round has {}",
                                               records.size(), words));
  records = records.first(words);
  records_.make_room(words);
  // What this call does not write must come back as it was: records of chains that owe less than a
  // whole round, or that drew a part of it earlier, perhaps on another engine.
  const std::uint64_t round_end = limits.round_begin + limits.round_size;
  if (most_samples_ > limits.round_begin || limits.quota < round_end) records_.upload(records);
  most_samples_ = std::numeric_limits<std::uint64_t>::max();
  launch(limits, stop);
  records_.download(records);
}

void CudaEngine::launch(const kernels::RunLimits& limits, const std::atomic<bool>& stop) {
  using Clock = std::chrono::steady_clock;
  // As many chains as run at once, then the next ones, around and around: a launch that had to take
  // a few more after these would leave most of the device idle meanwhile.
  const std::uint64_t chains = std::max<std::uint64_t>(1, chains_.size());
  const std::uint64_t window = std::min(chains_.size(), resident_chains_);
  kernels::WalkJob job{chains_.arrays(), chains_.size(),  next_chain_,   window,
                       limits,           records_.data(), status_.data()};
  std::uint64_t finished = 0;  // chains in a row, up to the last launch's end
  while (!stop) {
    job.first = next_chain_;
    job.limits.step_budget = std::min(limits.step_budget, step_budget_);
    const auto begin = Clock::now();
    oracle_.visit([&](const auto& view) {
      kernels::advance_async(view, walk_, job, placement_, stream_.get());
    });
    status_.download(host_status_.data(), stream_.get());
    event_.record(stream_.get());
    event_.wait("walking");
    next_chain_ = (next_chain_ + window) % chains;
    finished = host_status_.data()->unfinished == 0 ? finished + window : 0;
    if (finished >= chains_.size()) {
      most_samples_ = limits.round_begin + limits.round_size;
      return;
    }
    const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    if (seconds < kShortLaunch) step_budget_ = std::min(2 * step_budget_, kMostSteps);
    if (seconds > kLongLaunch) step_budget_ = std::max(step_budget_ / 2, kFewestSteps);
  }
}

ChainState CudaEngine::save() { return chains_.download(stream_.get()); }

std::vector<std::uint64_t> CudaEngine::samples() {
  std::vector<std::uint64_t> samples(chains_.size());
  cuda_check(cudaMemcpyAsync(samples.data(), chains_.arrays().samples,
                             samples.size() * sizeof(std::uint64_t), cudaMemcpyDeviceToHost,
                             stream_.get()),
             "copying the chains' samples from the GPU");
  cuda_check(cudaStreamSynchronize(stream_.get()), "copying the chains' samples from the GPU");
  return samples;
}

void CudaEngine::restore(const ChainState& state) {
  check_state(state, host_oracle_, chains_.size());
  chains_.upload(state, stream_.get());
  most_samples_ =
      state.samples.empty() ? 0 : *std::max_element(state.samples.begin(), state.samples.end());
}

std::uint64_t CudaEngine::oracle_queries() const {
  return oracle_.alphabet() * (root_expansions_ + host_status_.data()->expansions);
}

std::unique_ptr<Engine> make_cuda_engine(const Oracle& oracle, kernels::Walk walk,
                                         ChainState chains) {  // NOLINT(*-value-param)
  return std::make_unique<CudaEngine>(oracle, walk, chains);
}

bool cuda_available() { return why_no_device().empty(); }

bool cuda_preferred() {
#if defined(WEND_CUDA_EMULATED)
  return false;
#else
  return cuda_available();
#endif
}

}  // namespace wend
