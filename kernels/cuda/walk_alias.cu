// Trees and state graphs of five symbols or more: one alias slot a step.
#include "kernels/cuda/walk.cuh"

namespace wend::kernels {

template <>
void advance_async(const TreeView<AliasRows>& view, Walk walk, const ChainArrays& arrays,
                   std::uint64_t chains, const RunLimits& limits, std::uint32_t* records,
                   RunStatus* status, RowPlacement /*placement*/, cudaStream_t stream) {
  advance_cached(view, walk, arrays, chains, limits, records, status, stream);
}

template <>
void advance_async(const StateView<AliasRows>& view, Walk walk, const ChainArrays& arrays,
                   std::uint64_t chains, const RunLimits& limits, std::uint32_t* records,
                   RunStatus* status, RowPlacement /*placement*/, cudaStream_t stream) {
  advance_cached(view, walk, arrays, chains, limits, records, status, stream);
}

}  // namespace wend::kernels
