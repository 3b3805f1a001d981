#pragma once

#include <memory>

#include "host/instances/class/target.hpp"
#include "host/instances/instance.hpp"

namespace wend {

/// The target of a class whose oracle is another instance, by an estimate that members of the class
/// give. All is on the scale of total mass 1. At a prefix u above the leaves
///
///   w(u) = q(u), but at least w'(u) / kappa and at most kappa w'(u),
///
/// q being the mean of the members' masses and w' the oracle's own estimate; at leaves w is the
/// oracle's mass. So mu <= kappa kappa_h w wherever mu <= kappa_h w', and w <= kappa k mu wherever
/// w' <= k mu, whatever the members are; and where q is the mass itself so is w, if w' is within
/// kappa of it.
///
/// It is asked node by node, in up to `contexts` calls at once, for O((members + A) depth) a node.
/// `facts`: of the class. `members`: at least one, of the class's alphabet and horizon.
/// `target.oracle` is shared. kappa >= 1.
std::shared_ptr<const Instance> make_mean_estimate(const ClassTarget& target, InstanceFacts facts,
                                                   ClassMembers members, double kappa,
                                                   std::uint32_t contexts);

}  // namespace wend
