// Members of independent symbols: a sign bit a member and level.
#include "kernels/cuda/elimination_paths.cuh"

namespace wend::kernels {

template void run_class_paths_async(const ClassPaths<ProductMembersView>&, cudaStream_t);
template unsigned resident_class_blocks<ProductMembersView>();

}  // namespace wend::kernels
