// The paths of class-elimination, over every kind of members.
#include "kernels/cuda/elimination_paths.cuh"
#include "kernels/elimination/list.hpp"

namespace wend::kernels {

#define WEND_RUNS_PATHS(VIEW)                                                       \
  template void run_class_paths_async<VIEW>(const ClassPaths<VIEW>&, cudaStream_t); \
  template unsigned resident_class_blocks<VIEW>();
WEND_MEMBER_VIEWS(WEND_RUNS_PATHS)

}  // namespace wend::kernels
