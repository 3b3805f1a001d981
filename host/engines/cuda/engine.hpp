#pragma once

#include <cuda_runtime_api.h>

#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "host/engines/cuda/chains.hpp"
#include "host/engines/cuda/oracle.hpp"
#include "host/engines/cuda/records.hpp"
#include "host/engines/engine.hpp"
#include "kernels/cuda/device_memory.hpp"
#include "kernels/cuda/walk.hpp"

namespace wend {

/// The GPU that is current. Throws Error(kUsage) if there is none that wend can use.
Device describe_cuda_device();

/// The fused engine: the oracle's tables lie in device memory, one thread owns one chain, and a
/// launch takes every chain many steps on. It works on the device that is current when it is made
/// and must be called with that device current; it has a stream of its own, which is all that it
/// ever waits for.
class CudaEngine final : public Engine {
 public:
  /// `oracle` must outlive the engine. Throws Error(kUsage) where there is no device or `chains`
  /// does not fit the oracle, Error(kRuntime) if the GPU has no room.
  CudaEngine(const Oracle& oracle, kernels::Walk walk, const ChainState& chains,
             kernels::RowPlacement placement = kernels::RowPlacement::kSharedTop);

  /// `stop` is looked at between launches, some 100 times a second. limits.step_budget bounds a
  /// launch, as does the time it takes. After a stop, records that were not drawn are unspecified.
  void advance(const kernels::RunLimits& limits, std::span<std::uint32_t> records,
               const std::atomic<bool>& stop) override;
  [[nodiscard]] ChainState save() override;
  void restore(const ChainState& state) override;
  [[nodiscard]] std::vector<std::uint64_t> samples() override;
  [[nodiscard]] std::uint64_t oracle_queries() const override;
  [[nodiscard]] Device device() const override { return device_; }

 private:
  void launch(const kernels::RunLimits& limits, const std::atomic<bool>& stop);

  Device device_;
  kernels::Stream stream_;
  kernels::Event event_;
  const Oracle& host_oracle_;
  kernels::Walk walk_;
  kernels::RowPlacement placement_;
  CudaOracle oracle_;
  CudaChains chains_;
  kernels::DeviceArray<kernels::RunStatus> status_;
  kernels::PinnedArray<kernels::RunStatus> host_status_;
  CudaRecords records_;
  std::uint64_t resident_chains_ = 0;  // of a launch, at most
  std::uint64_t next_chain_ = 0;       // the next launch's first
  std::uint64_t root_expansions_ = 0;
  std::uint64_t most_samples_ = 0;  // that a chain may have
  std::uint64_t step_budget_;
};

}  // namespace wend
