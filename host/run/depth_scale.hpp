#pragma once

#include <atomic>
#include <cstdint>
#include <map>
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

/// Finds factors c_h by depth that make K as it is proven, times the steps of a visit, least, where
/// mu <= kappa_h w is known by depth (docs/adapt.md): of the reversible walk c_h = sqrt(kappa_h /
/// m_h), m_h being the estimates' total at depth h over the leaves' (Cauchy-Schwarz); of tables
/// also c_h = r^(H - h) with r by search, for the lifted walk may climb straight where it is
/// above 1.
class DepthScaleSearch {
 public:
  /// `instance` must outlive it.
  DepthScaleSearch(const Instance& instance, kernels::Walk walk, double delta);

  /// By `moves_down`[h - 1] > 0, m_h as scouts measured it. Whatever that is, the bounds of the
  /// instance under these factors are proven. nullopt where none is better than 1. O(depths), and a
  /// sweep over the tables for each r that was not tried before; none where these are so large that
  /// sweeps take long. Once `stop` is set it returns soon, nullopt.
  std::optional<DepthScale> least(std::span<const double> moves_down,
                                  const std::atomic<bool>& stop);

 private:
  [[nodiscard]] double visits(const Instance& scaled) const;
  double tilted_visits(double log_tilt);
  NodeValue best_tilt(double most_log, std::span<const double> moves_down,
                      const std::atomic<bool>& stop);

  const Instance& instance_;
  kernels::Walk walk_;
  double delta_;
  std::uint32_t horizon_;
  bool tables_;
  double most_rounding_ = 0;         // beyond, tables would have no guarantee, or a worse one
  double untrained_ = 0;             // K as it is proven, without factors
  std::map<double, double> tilted_;  // and of ln r
};

}  // namespace wend
