#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "wend/potential.hpp"

namespace wend {

/// Throws Error(kUsage) with field "potentials" if no sequence of at most `horizon` symbols has
/// mass under all of those of `potentials` together whose PotentialTraits::decided_by_bucket is
/// set, each of which has some: a sampler would look for one for ever. Looks depth first for one
/// that has, which is quick where there are many, and gives up after some 10^6 children: what it
/// does not refuse may be empty all the same, by what the others say.
void check_joint_constraints(std::span<const std::shared_ptr<Potential>> potentials,
                             std::uint32_t alphabet, std::uint32_t horizon,
                             std::span<const std::uint32_t> ends);

}  // namespace wend
