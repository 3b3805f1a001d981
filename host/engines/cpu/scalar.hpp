#pragma once

#include "host/engines/cpu/job.hpp"
#include "kernels/walk/walk.hpp"

namespace wend {

/// CpuJob::align for a walk over this type of view.
template <class View>
decltype(CpuJob::align) alignment(kernels::Walk walk);

}  // namespace wend
