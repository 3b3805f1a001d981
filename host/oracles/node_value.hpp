#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace wend {

/// Factors V(u) > 0 of the estimates of interior nodes, w(u) V(u), by depth and bucket: what
/// training finds. Leaves have none, so that the target stays what it is.
struct NodeValue {
  std::uint32_t horizon = 0;
  std::uint32_t buckets = 1;      ///< 1: by depth alone
  std::vector<double> log_value;  ///< ln V, H x buckets: [h * buckets + b]; the root's are 0
  /// Where V(u) is r^(H - h): ln r.
  std::optional<double> log_tilt;

  [[nodiscard]] double at(std::uint32_t depth, std::uint32_t bucket) const {
    if (depth >= horizon) return 0;
    return log_value[std::uint64_t{depth} * buckets + (buckets == 1 ? 0 : bucket)];
  }

  /// V = 1 everywhere.
  static NodeValue none(std::uint32_t horizon) {
    return {horizon, 1, std::vector<double>(horizon, 0.0), {}};
  }
  static NodeValue tilted(std::uint32_t horizon, double log_tilt) {
    NodeValue value = none(horizon);
    for (std::uint32_t h = 1; h < horizon; ++h) value.log_value[h] = log_tilt * (horizon - h);
    value.log_tilt = log_tilt;
    return value;
  }
};

}  // namespace wend
