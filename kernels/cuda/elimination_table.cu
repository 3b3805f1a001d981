// Members that share an automaton: one line of probabilities a row of members.
#include "kernels/cuda/elimination_paths.cuh"

namespace wend::kernels {

template void run_class_paths_async(const ClassPaths<TableMembersView>&, cudaStream_t);
template unsigned resident_class_blocks<TableMembersView>();

}  // namespace wend::kernels
