// State graphs.
#include "kernels/cuda/walk.cuh"
#include "kernels/views/list.hpp"

namespace wend::kernels {

WEND_STATE_VIEWS(WEND_ADVANCES)

}  // namespace wend::kernels
