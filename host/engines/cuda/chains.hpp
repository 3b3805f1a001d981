#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

#include "kernels/cuda/device_memory.hpp"
#include "kernels/walk/chain_arrays.hpp"
#include "wend/chain_columns.hpp"
#include "wend/chain_state.hpp"

namespace wend {

/// The state of a set of chains in device memory. Paths lie word after word there, so that
/// neighbouring threads at one depth read neighbouring words.
class CudaChains {
 public:
  /// Room for `chains` chains with `path_words` words of path each. Throws Error(kUsage) if a path
  /// word's number would not fit 32 bits, Error(kRuntime) if the GPU has no room.
  CudaChains(std::uint64_t chains, std::uint32_t path_words, cudaStream_t stream);

  [[nodiscard]] std::uint64_t size() const { return chains_; }
  [[nodiscard]] kernels::ChainArrays arrays() const;

  /// Copies a state of the same sizes (see check_state) in, or out, and waits for `stream`.
  void upload(const ChainState& state, cudaStream_t stream);
  [[nodiscard]] ChainState download(cudaStream_t stream) const;

 private:
  std::uint64_t chains_;
  std::uint32_t path_words_;
  ChainColumns<kernels::DeviceArray> columns_;
  kernels::DeviceArray<std::uint32_t> path_;
};

}  // namespace wend
