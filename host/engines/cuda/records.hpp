#pragma once

#include <cstdint>
#include <span>

#include "kernels/cuda/device_memory.hpp"

namespace wend {

/// The records of a round in device memory, on one stream, which must outlive them.
class CudaRecords {
 public:
  explicit CudaRecords(cudaStream_t stream);

  /// Room for `words` words, which are zero where it is new.
  void make_room(std::uint64_t words);
  [[nodiscard]] std::uint32_t* data() const { return records_.data(); }

  /// Copies from or to host memory of any kind, at most what there is room for, and waits for it.
  void upload(std::span<const std::uint32_t> records);
  void download(std::span<std::uint32_t> records);

 private:
  cudaStream_t stream_;
  kernels::Event event_;
  kernels::DeviceArray<std::uint32_t> records_;
  kernels::PinnedArray<std::uint32_t> staging_;
};

}  // namespace wend
