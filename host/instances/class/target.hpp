#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "host/instances/instance.hpp"
#include "host/oracles/class_members.hpp"
#include "host/oracles/estimate.hpp"
#include "kernels/random/prefix_noise.hpp"

namespace wend {

/// A bounded class F, and an oracle for the target that is sought in it.
struct ClassTarget {
  ClassMembers members;
  std::string family;  ///< "product", "markov", "needle", "adapters", "corpora", "list"
  double kappa = 1.0;  ///< the oracle's accuracy
  /// The member that is the target, where the class has the say; else `oracle` answers.
  std::optional<std::uint64_t> truth;
  EstimateSpec estimate;  ///< exact or noise: of the truth's masses above the leaves
  std::shared_ptr<const Instance> oracle;
};

/// The noise of an estimate of kind exact or noise, over prefixes.
kernels::PrefixNoise prefix_noise(const EstimateSpec& estimate);

}  // namespace wend
