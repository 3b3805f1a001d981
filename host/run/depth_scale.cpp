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

// Of a visit, as far as `moves_down` tell.
double expansions(const NodeValue& value, std::span<const double> moves_down) {
  double sum = 0;
  for (std::uint32_t h = 1; h < moves_down.size(); ++h)
    sum += moves_down[h - 1] * std::exp(value.at(h, 0));
  return sum;
}

}  // namespace

DepthScaleSearch::DepthScaleSearch(const Instance& instance, kernels::Walk walk, double delta)
    : instance_(instance),
      walk_(walk),
      delta_(delta),
      horizon_(instance.facts().horizon),
      tables_(instance.with_value(NodeValue::tilted(horizon_, 0)) != nullptr) {}

// K as it is proven; infinite where the rounding of rows leaves no guarantee.
double DepthScaleSearch::visits(const Instance& scaled) const {
  const WalkBounds bounds = scaled.walk_bounds();
  const Mixing mixing = proven_mixing(scaled.facts(), bounds, walk_, std::nullopt);
  if (!mixing.relaxation || !(bounds.rounding <= most_rounding_)) return kNoTables;
  return proven_visits_real(*mixing.relaxation, delta_);
}

double DepthScaleSearch::tilted_visits(double log_tilt) {
  const auto [found, fresh] = tilted_.try_emplace(log_tilt, kNoTables);
  if (fresh)
    if (const auto scaled = instance_.with_value(NodeValue::tilted(horizon_, log_tilt)))
      found->second = visits(*scaled);
  return found->second;
}

// r that makes the cost least: on a grid, then between its neighbours by golden sections.
NodeValue DepthScaleSearch::best_tilt(double most_log, std::span<const double> moves_down,
                                      const std::atomic<bool>& stop) {
  const auto at = [&](double log) {
    if (stop) return kNoTables;
    return tilted_visits(log) * expansions(NodeValue::tilted(horizon_, log), moves_down);
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
  return NodeValue::tilted(horizon_, best);
}

std::optional<DepthScale> DepthScaleSearch::least(std::span<const double> moves_down,
                                                  const std::atomic<bool>& stop) {
  const std::vector<double>& kappa = instance_.facts().kappa_by_depth;
  if (kappa.empty() || horizon_ < 2) return std::nullopt;
  NodeValue balanced = NodeValue::none(horizon_);
  for (std::uint32_t h = 1; h < horizon_; ++h)
    balanced.log_value[h] = std::log(kappa[h - 1] / moves_down[h - 1]) / 2;
  // Of oracles that are asked the reversible walk's is known to be the best there is.
  if (!tables_) {
    if (kernels::is_directed(walk_)) return std::nullopt;
    return DepthScale{std::move(balanced), kNoTables};
  }
  if (untrained_ == 0) {
    most_rounding_ = std::max(delta_, instance_.walk_bounds().rounding);
    untrained_ = visits(instance_);
  }
  std::optional<DepthScale> best;
  double least = kBetter * untrained_ * expansions(NodeValue::none(horizon_), moves_down);
  const auto take_if_less = [&](NodeValue value, double cost) {
    if (!(cost < least)) return;
    least = cost;
    best = DepthScale{std::move(value), cost};
  };
  if (const auto scaled = instance_.with_value(balanced)) {
    const double cost = visits(*scaled) * expansions(balanced, moves_down);
    take_if_less(std::move(balanced), cost);
  }
  // Beyond this all estimates are above the mass, and only higher.
  const double most_log = 2 * std::log(std::max(1.0, *std::ranges::max_element(kappa))) / horizon_;
  if (most_log > 0 && instance_.working_bytes() <= kSweptQuickly) {
    NodeValue tilt = best_tilt(most_log, moves_down, stop);
    if (stop) return std::nullopt;
    const double cost = tilted_visits(*tilt.log_tilt) * expansions(tilt, moves_down);
    take_if_less(std::move(tilt), cost);
  }
  return best;
}

}  // namespace wend
