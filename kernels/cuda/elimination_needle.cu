// Members that are uniform but for one subtree each.
#include "kernels/cuda/elimination_paths.cuh"

namespace wend::kernels {

template void run_class_paths_async(const ClassPaths<NeedleMembersView>&, cudaStream_t);
template unsigned resident_class_blocks<NeedleMembersView>();

}  // namespace wend::kernels
