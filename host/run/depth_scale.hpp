#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <span>

#include "host/instances/instance.hpp"
#include "host/oracles/node_value.hpp"
#include "kernels/walk/walk.hpp"

namespace wend {

/// Bytes of an instance whose tables are swept for each estimate that is tried.
inline constexpr std::uint64_t kSweptQuickly = std::uint64_t{1} << 28U;

/// Factors by depth, and what a draw under them costs.
struct DepthScale {
  NodeValue value;
  double cost;  ///< K as it is proven times the expansions of a visit; infinite: not known
};

/// Factors c_h by depth that make K as it is proven, times the steps of a visit, least, where mu <=
/// kappa_h w is known by depth (docs/adapt.md): of the reversible walk c_h = sqrt(kappa_h / m_h),
/// m_h being `moves_down`[h - 1] > 0, the estimates' total at depth h over the leaves', as scouts
/// measured it (Cauchy-Schwarz); of tables also c_h = r^(H - h) with r by search, for the lifted
/// walk may climb straight where it is above 1. Whatever m_h is, the bounds of the instance under
/// these factors are proven. nullopt where none is better than 1. O(depths), and a sweep over the
/// tables for each r that is tried; none where these are so large that sweeps take long. Once
/// `stop` is set it returns soon, nullopt.
std::optional<DepthScale> least_proven_scale(const Instance& instance, kernels::Walk walk,
                                             double delta, std::span<const double> moves_down,
                                             const std::atomic<bool>& stop);

}  // namespace wend
