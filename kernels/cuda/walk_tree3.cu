// The complete tree of 3 symbols, its rows served by the caches or by shared memory.
#include "kernels/cuda/shared_top.cuh"

namespace wend::kernels {

template <>
void advance_async(const TreeView<CumulativeRows<3>>& view, Walk walk, const ChainArrays& arrays,
                   std::uint64_t chains, const RunLimits& limits, std::uint32_t* records,
                   RunStatus* status, RowPlacement placement, cudaStream_t stream) {
  if (placement == RowPlacement::kSharedTop) {
    advance_shared(view, walk, arrays, chains, limits, records, status, stream);
  } else {
    advance_cached(view, walk, arrays, chains, limits, records, status, stream);
  }
}

}  // namespace wend::kernels
