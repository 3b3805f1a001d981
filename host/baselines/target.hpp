#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "host/instances/instance.hpp"
#include "kernels/lockstep/shape.hpp"
#include "wend/baseline.hpp"
#include "wend/oracle.hpp"
#include "wend/potential.hpp"

namespace wend {

/// The target of a baseline: base(x)^power times the potentials' factors.
struct BaselineTarget {
  std::shared_ptr<BatchOracle> base;
  std::vector<std::shared_ptr<Potential>> potentials;
  std::shared_ptr<std::mutex> in_use;  ///< by a run
  std::uint32_t alphabet = 0;
  std::uint32_t horizon = 0;
  std::vector<std::uint32_t> end_bits;  ///< bit s of it: symbol s ends a sequence; or empty
  /// Tells ln g where the rows' scale is not g's; null where they tell it themselves.
  const Instance* masses = nullptr;

  [[nodiscard]] kernels::LockstepShape shape() const {
    return {alphabet, horizon, end_bits.empty() ? nullptr : end_bits.data()};
  }
  /// Whether the node at `depth` >= 1 that `symbol` led to is a leaf.
  [[nodiscard]] bool leaf(std::uint32_t depth, std::uint32_t symbol) const {
    return depth == horizon || shape().ends(symbol);
  }
};

/// Throws Error(kUsage) for traits that do not fit each other.
BaselineTarget make_target(std::shared_ptr<BatchOracle> base,
                           std::vector<std::shared_ptr<Potential>> potentials,
                           std::shared_ptr<std::mutex> in_use = nullptr);

/// The target of an instance. Throws Error(kUsage) for an instance that has no rows to draw from,
/// and for a method that one of the library's algorithms is.
BaselineTarget target_of(const Instance& instance, const BaselineOptions& options);

/// Throws Error(kUsage) for options that are out of range, or do not fit the target.
void check_method(const BaselineTarget& target, const BaselineOptions& options);

/// ln of the bounds that rejection goes by, [h] for h = 0..H: the target's mass below an interior
/// node u of depth h is at most bound[h] w(u)^power V(u); of a leaf, whose mass is known, it is 1,
/// which is bound[H]. At the root, whose w is of no matter, that of its likeliest children.
///
/// From S <= b w by depth: sum r^power <= (sum r)^power for a power of at least 1, and values never
/// rise. A base in float may exceed its own b by rounding, for which there is some room.
std::vector<double> log_bounds(const OracleTraits& base, double power);

}  // namespace wend
