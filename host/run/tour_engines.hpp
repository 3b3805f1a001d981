#pragma once

#include <cstdint>
#include <memory>

#include "host/engines/lockstep/engine.hpp"
#include "host/engines/tours.hpp"
#include "host/oracles/oracle.hpp"
#include "kernels/walk/walk.hpp"

namespace wend {

/// Tours over any oracle: of tables by the fused walk on the CPU, where options.threads alone is
/// looked at, and of models by the lockstep engine. `oracle` must outlive the engine. Throws
/// Error(kUsage) where they do not fit.
std::unique_ptr<TourEngine> make_tour_engine(const Oracle& oracle, kernels::Walk walk,
                                             std::uint64_t chains, std::uint64_t seed,
                                             std::uint32_t purpose, const LockstepOptions& options);

}  // namespace wend
