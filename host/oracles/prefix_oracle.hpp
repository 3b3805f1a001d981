#pragma once

#include <cstdint>
#include <memory>

#include "host/oracles/class_members.hpp"
#include "kernels/random/prefix_noise.hpp"
#include "kernels/walk/walk.hpp"
#include "wend/algorithm.hpp"
#include "wend/oracle.hpp"

namespace wend {

/// A tree too large for rows in memory: the masses of one member of a class, times noise above the
/// leaves. Rows are computed where a chain comes to (host/engines/cpu/prefix_view.hpp), on the CPU.
struct PrefixOracle {
  std::uint32_t alphabet = 0;
  std::uint32_t horizon = 0;
  const ClassMembers* members = nullptr;
  std::uint64_t truth = 0;  ///< the member's position
  kernels::PrefixNoise noise;
  Correction correction = Correction::kReject;  ///< the sequential sampler's
};

/// `members` must outlive the oracle; `truth` < count(members). O(1).
PrefixOracle make_prefix_oracle(const ClassMembers& members, std::uint64_t truth,
                                const kernels::PrefixNoise& noise, Correction correction);

/// Throws Error(kUsage) for the sequential sampler with Correction::kReject: the probability of
/// keeping a proposal is a maximum over whole subtrees.
void check_walk(const PrefixOracle& oracle, kernels::Walk walk);

/// The masses that the rows of such a tree are computed from, asked node by node.
std::shared_ptr<BatchOracle> make_prefix_model(const PrefixOracle& oracle);

}  // namespace wend
