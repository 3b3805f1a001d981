#pragma once

#include "host/instances/instance.hpp"
#include "wend/algorithm.hpp"

namespace wend {

/// Compiles an instance for a walk, not class-elimination. Throws Error(kInput), with the
/// instance's path, for one that is too large, or does not fit memory.
Oracle compile_oracle(const Instance& instance, Algorithm algorithm, Correction correction);

}  // namespace wend
