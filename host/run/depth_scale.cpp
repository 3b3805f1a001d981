#include "host/run/depth_scale.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <vector>

#include "host/run/mixing.hpp"
#include "wend/bounds.hpp"

namespace wend {
namespace {

constexpr double kNoTables = std::numeric_limits<double>::infinity();
constexpr int kGrid = 16;
constexpr int kRefinements = 12;
constexpr double kBetter = 0.98;  // of the cost without a scale

// K as it is proven, times the expansions of a visit.
class ProvenCost {
 public:
  ProvenCost(const Instance& instance, kernels::Walk walk, double delta,
             std::span<const double> moves_down)
      : instance_(instance),
        walk_(walk),
        delta_(delta),
        moves_down_(moves_down),
        most_rounding_(std::max(delta, instance.walk_bounds().rounding)) {}

  [[nodiscard]] double of_untrained() const {
    return of(instance_, NodeValue::none(instance_.facts().horizon));
  }
  /// Infinite where there are no tables of such a scale.
  [[nodiscard]] double of_tables(const NodeValue& value) const {
    const std::shared_ptr<const Instance> scaled = instance_.with_value(value);
    return scaled ? of(*scaled, value) : kNoTables;
  }

 private:
  [[nodiscard]] double of(const Instance& scaled, const NodeValue& value) const {
    const WalkBounds bounds = scaled.walk_bounds();
    const Mixing mixing = proven_mixing(scaled.facts(), bounds, walk_, std::nullopt);
    if (!mixing.relaxation || !(bounds.rounding <= most_rounding_)) return kNoTables;
    double expansions = 0;
    for (std::uint32_t h = 1; h < moves_down_.size(); ++h)
      expansions += moves_down_[h - 1] * std::exp(value.at(h, 0));
    return expansions * proven_visits_real(*mixing.relaxation, delta_);
  }

  const Instance& instance_;
  kernels::Walk walk_;
  double delta_;
  std::span<const double> moves_down_;
  double most_rounding_;  // beyond, tables would have no guarantee, or a worse one
};

// r that makes the cost least: on a grid, then between its neighbours by golden sections.
NodeValue best_tilt(const ProvenCost& cost, std::uint32_t horizon, double most_log,
                    const std::atomic<bool>& stop) {
  const auto at = [&](double log) {
    return stop ? kNoTables : cost.of_tables(NodeValue::tilted(horizon, log));
  };
  double best = 0;
  double least = kNoTables;
  const double apart = most_log / kGrid;
  for (int k = 0; k <= kGrid; ++k) {
    const double found = at(k * apart);
    if (found < least) {
      least = found;
      best = k * apart;
    }
  }
  const double golden = (std::sqrt(5.0) - 1) / 2;
  double low = std::max(0.0, best - apart);
  double high = best + apart;
  double left = high - golden * (high - low);
  double right = low + golden * (high - low);
  double at_left = at(left);
  double at_right = at(right);
  for (int k = 0; k < kRefinements; ++k) {
    if (at_left <= at_right) {
      high = right;
      right = left;
      at_right = at_left;
      left = high - golden * (high - low);
      at_left = at(left);
    } else {
      low = left;
      left = right;
      at_left = at_right;
      right = low + golden * (high - low);
      at_right = at(right);
    }
  }
  for (const auto& [log, found] : {std::pair{left, at_left}, std::pair{right, at_right}}) {
    if (found >= least) continue;
    least = found;
    best = log;
  }
  return NodeValue::tilted(horizon, best);
}

}  // namespace

std::optional<DepthScale> least_proven_scale(const Instance& instance, kernels::Walk walk,
                                             double delta, std::span<const double> moves_down,
                                             const std::atomic<bool>& stop) {
  const InstanceFacts& facts = instance.facts();
  if (facts.kappa_by_depth.empty() || facts.horizon < 2) return std::nullopt;
  const ProvenCost cost(instance, walk, delta, moves_down);
  NodeValue balanced = NodeValue::none(facts.horizon);
  for (std::uint32_t h = 1; h < facts.horizon; ++h)
    balanced.log_value[h] = std::log(facts.kappa_by_depth[h - 1] / moves_down[h - 1]) / 2;
  const bool tables = instance.with_value(NodeValue::tilted(facts.horizon, 0)) != nullptr;
  // Of oracles that are asked the reversible walk's is known to be the best there is.
  if (!tables) {
    if (kernels::is_directed(walk)) return std::nullopt;
    return DepthScale{std::move(balanced), kNoTables};
  }
  // Beyond this all estimates are above the mass, and only higher.
  const double most_log =
      2 * std::log(std::max(1.0, *std::ranges::max_element(facts.kappa_by_depth))) / facts.horizon;
  std::vector<NodeValue> candidates;
  candidates.push_back(std::move(balanced));
  if (most_log > 0 && instance.working_bytes() <= kSweptQuickly)
    candidates.push_back(best_tilt(cost, facts.horizon, most_log, stop));
  if (stop) return std::nullopt;
  double least = kBetter * cost.of_untrained();
  std::optional<DepthScale> best;
  for (NodeValue& candidate : candidates) {
    const double found = cost.of_tables(candidate);
    if (!(found < least)) continue;
    least = found;
    best = DepthScale{std::move(candidate), found};
  }
  return best;
}

}  // namespace wend
