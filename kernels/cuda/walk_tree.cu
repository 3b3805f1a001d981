// Complete trees: rows in the caches and, of few symbols, the first of them in shared memory.
#include "kernels/cuda/walk.cuh"
#include "kernels/views/list.hpp"

namespace wend::kernels {

WEND_TREE_VIEWS(WEND_ADVANCES)

}  // namespace wend::kernels
