#include "host/engines/cuda/records.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace wend {
namespace {

using kernels::cuda_check;

// Records come back through two page-locked halves: while one is filled by the device, the host
// empties the other.
constexpr std::uint64_t kHalfWords = 1U << 20U;

}  // namespace

CudaRecords::CudaRecords(cudaStream_t stream) : stream_(stream), staging_(2 * kHalfWords) {}

void CudaRecords::make_room(std::uint64_t words) {
  if (records_.size() >= words) return;
  records_ = {};
  records_ = kernels::DeviceArray<std::uint32_t>(words, "records", stream_);
  // After a stop, records that were not drawn are copied to the host too: their contents are
  // unspecified, but never another program's memory.
  cuda_check(cudaMemsetAsync(records_.data(), 0, records_.bytes(), stream_),
             "clearing the records");
}

void CudaRecords::upload(std::span<const std::uint32_t> records) {
  cuda_check(cudaMemcpyAsync(records_.data(), records.data(), records.size_bytes(),
                             cudaMemcpyHostToDevice, stream_),
             "copying records to the GPU");
  cuda_check(cudaStreamSynchronize(stream_), "copying records to the GPU");
}

void CudaRecords::download(std::span<std::uint32_t> records) {
  const auto fetch = [&](std::uint64_t begin, std::uint32_t* half) {
    const std::uint64_t size = std::min<std::uint64_t>(kHalfWords, records.size() - begin);
    cuda_check(cudaMemcpyAsync(half, records_.data() + begin, size * sizeof(std::uint32_t),
                               cudaMemcpyDeviceToHost, stream_),
               "copying records from the GPU");
    event_.record(stream_);
  };
  std::uint32_t* filling = staging_.data();
  std::uint32_t* full = staging_.data() + kHalfWords;
  if (!records.empty()) fetch(0, filling);
  for (std::uint64_t begin = 0; begin < records.size(); begin += kHalfWords) {
    event_.wait("copying records from the GPU");
    std::swap(filling, full);
    if (begin + kHalfWords < records.size()) fetch(begin + kHalfWords, filling);
    const std::uint64_t size = std::min<std::uint64_t>(kHalfWords, records.size() - begin);
    std::memcpy(records.data() + begin, full, size * sizeof(std::uint32_t));
  }
}

}  // namespace wend
