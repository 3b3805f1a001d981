// Records to symbols on the device, so that samples need not pass through the host.
#include <cstdint>

#include "kernels/cuda/check.hpp"
#include "kernels/cuda/walk.hpp"
#include "kernels/views/list.hpp"

namespace wend::kernels {
namespace {

template <class Rows>
__device__ void decode_record(const TreeView<Rows>& view, const std::uint32_t* record,
                              std::uint32_t* symbols) {
  std::uint32_t node = record[0];
  for (std::uint32_t h = view.horizon; h > 0; --h) {
    const std::uint32_t parent = view.parent(node);
    symbols[h - 1] = node - view.child(parent, 0U);
    node = parent;
  }
}

template <class Rows>
__device__ void decode_record(const StateView<Rows>& view, const std::uint32_t* record,
                              std::uint32_t* symbols) {
  for (std::uint32_t h = 0; h < view.horizon; ++h) symbols[h] = record[h] >> view.row_bits;
}

__device__ void decode_record(const KnapsackView& view, const std::uint32_t* record,
                              std::uint32_t* symbols) {
  for (std::uint32_t h = 0; h < view.horizon; ++h) symbols[h] = (record[h >> 5U] >> (h & 31U)) & 1U;
}

template <class View>
__global__ void decode_kernel(const View view, const std::uint32_t* records,
                              const std::uint64_t count, std::uint32_t* symbols) {
  const std::uint64_t stride = static_cast<std::uint64_t>(gridDim.x) * blockDim.x;
  for (std::uint64_t sample = static_cast<std::uint64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
       sample < count; sample += stride)
    decode_record(view, records + sample * view.record_words(), symbols + sample * view.horizon);
}

}  // namespace

template <SomeTableView View>
void decode_async(const View& view, const std::uint32_t* records, std::uint64_t count,
                  std::uint32_t* symbols, cudaStream_t stream) {
  if (count == 0) return;
  constexpr unsigned kThreads = 256;
  constexpr std::uint64_t kMostBlocks = 1U << 16U;
  const std::uint64_t blocks = (count + kThreads - 1) / kThreads;
  cudaLaunchConfig_t config{};
  config.gridDim = static_cast<unsigned>(blocks < kMostBlocks ? blocks : kMostBlocks);
  config.blockDim = kThreads;
  config.stream = stream;
  // Not <<< >>>, after which cudaGetLastError would also report an older error of the caller's.
  cuda_check(cudaLaunchKernelEx(&config, decode_kernel<View>, view, records, count, symbols),
             "launching the decoder");
}

template <SomeTableView View>
void load_decoder(const View& /*view*/) {
  cudaFuncAttributes attributes{};
  cuda_check(cudaFuncGetAttributes(&attributes, decode_kernel<View>), "loading the decoder");
}

#define WEND_DECODES(VIEW)                                                           \
  template void decode_async<VIEW>(const VIEW&, const std::uint32_t*, std::uint64_t, \
                                   std::uint32_t*, cudaStream_t);                    \
  template void load_decoder<VIEW>(const VIEW&);
WEND_VIEWS(WEND_DECODES)

}  // namespace wend::kernels
