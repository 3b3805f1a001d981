// The rounded knapsack counter: two searches a step.
#include "kernels/cuda/walk.cuh"
#include "kernels/views/list.hpp"

namespace wend::kernels {

WEND_KNAPSACK_VIEWS(WEND_ADVANCES)

}  // namespace wend::kernels
