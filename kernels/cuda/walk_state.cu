// State graphs of two to four symbols.
#include "kernels/cuda/walk.cuh"

namespace wend::kernels {

template <>
void advance_async(const StateView<CumulativeRows<2>>& view, Walk walk, const ChainArrays& arrays,
                   std::uint64_t chains, const RunLimits& limits, std::uint32_t* records,
                   RunStatus* status, RowPlacement /*placement*/, cudaStream_t stream) {
  advance_cached(view, walk, arrays, chains, limits, records, status, stream);
}

template <>
void advance_async(const StateView<CumulativeRows<3>>& view, Walk walk, const ChainArrays& arrays,
                   std::uint64_t chains, const RunLimits& limits, std::uint32_t* records,
                   RunStatus* status, RowPlacement /*placement*/, cudaStream_t stream) {
  advance_cached(view, walk, arrays, chains, limits, records, status, stream);
}

template <>
void advance_async(const StateView<CumulativeRows<4>>& view, Walk walk, const ChainArrays& arrays,
                   std::uint64_t chains, const RunLimits& limits, std::uint32_t* records,
                   RunStatus* status, RowPlacement /*placement*/, cudaStream_t stream) {
  advance_cached(view, walk, arrays, chains, limits, records, status, stream);
}

}  // namespace wend::kernels
