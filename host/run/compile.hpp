#pragma once

#include "host/instances/instance.hpp"
#include "wend/algorithm.hpp"

namespace wend {

/// Compiles an instance for a walk, not class-elimination. Throws Error(kInput), with the
/// instance's path, for one that is too large, or does not fit memory.
Oracle compile_oracle(const Instance& instance, Algorithm algorithm, Correction correction);

/// The same oracle, to be asked node by node: a user's own as it is, of tables what their rows are
/// made of. Throws as Instance::compile() and model() do.
ModelOracle model_oracle(const Instance& instance, kernels::Walk walk, Correction correction);

}  // namespace wend
