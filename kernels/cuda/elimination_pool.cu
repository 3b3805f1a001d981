// Members with automata of their own: a gather a member.
#include "kernels/cuda/elimination_paths.cuh"

namespace wend::kernels {

template void run_class_paths_async(const ClassPaths<PoolMembersView>&, cudaStream_t);
template unsigned resident_class_blocks<PoolMembersView>();

}  // namespace wend::kernels
