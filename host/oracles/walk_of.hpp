#pragma once

#include "kernels/walk/walk.hpp"
#include "wend/algorithm.hpp"

namespace wend {

/// The kernels' name of the walk that an algorithm takes. Throws Error(kUsage) for
/// class-elimination, which takes none, and for auto.
kernels::Walk walk_of(Algorithm algorithm);

/// The algorithm that takes a walk.
Algorithm algorithm_of(kernels::Walk walk);

}  // namespace wend
