#include "host/adapt/adapted_instance.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "host/engines/lockstep/row_maker.hpp"
#include "wend/bounds.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

// What double rounds off V and the sums of what is backed up, and more.
constexpr double kPlaces = 1 + 1e-9;
// By which S/w of a row may exceed what is stated, relatively (kernels::RowBuilder).
constexpr double kLetPass = 1e-6;
// Of the logarithm of a child's trained estimate over its parent's, what AdaptedOracle rounds off:
// logarithms of two masses, two units in the last place of up to 745 each, their difference, V, and
// what the largest is taken off, all below 2^11; and two exponentials. Less than 2^14 half units in
// the last place of 1.
constexpr double kRoundedALevel = 0x1p-39;

/// Of the factors that estimates of each depth may have over the untrained ones: the extremes of V
/// there and further down, since a node that is backed up is a sum over what is below.
struct ValueRange {
  std::vector<double> least, most;  // [h - 1]
};

ValueRange range_of(const TrainedEstimate& estimate) {
  const NodeValue& value = estimate.value();
  ValueRange range{std::vector<double>(value.horizon, 1.0),
                   std::vector<double>(value.horizon, 1.0)};
  const bool backed_up = estimate.explored() > 0;
  for (std::uint32_t h = value.horizon; h-- > 1;) {
    const auto first = value.log_value.begin() + std::ptrdiff_t{h} * value.buckets;
    const auto [low, high] = std::minmax_element(first, first + value.buckets);
    range.least[h - 1] = std::exp(*low) / kPlaces;
    range.most[h - 1] = std::exp(*high) * kPlaces;
    if (!backed_up) continue;
    range.least[h - 1] = std::min(range.least[h - 1], range.least[h]);
    range.most[h - 1] = std::max(range.most[h - 1], range.most[h]);
  }
  return range;
}

OracleTraits traits_of(const OracleTraits& base, const std::vector<double>& kappa_by_depth) {
  OracleTraits traits = base;
  traits.rows = RowKind::kMass;
  traits.kappa.reset();
  traits.kappa_by_depth = kappa_by_depth;
  traits.ratio_bound.clear();
  traits.buckets = 0;
  return traits;
}

}  // namespace

AdaptedInstance::AdaptedInstance(const Instance& untrained, ModelOracle asked,
                                 std::shared_ptr<const Training> training)
    : untrained_(untrained),
      asked_(std::move(asked)),
      training_(std::move(training)),
      facts_(untrained.facts()) {
  ValueRange range = range_of(training_->estimate);
  least_ = std::move(range.least);
  most_ = std::move(range.most);
  // mu <= kappa_h w, and so mu <= (kappa_h / V) w V. Of a node that is backed up both sides are
  // sums over nodes further down, of which the largest ratio counts.
  for (std::size_t h = facts_.kappa_by_depth.size(); h-- > 0;) {
    double& kappa = facts_.kappa_by_depth[h];
    if (h + 1 == facts_.kappa_by_depth.size()) continue;
    kappa /= least_[h];
    if (training_->estimate.explored() > 0) kappa = std::max(kappa, facts_.kappa_by_depth[h + 1]);
  }
  if (!facts_.kappa_by_depth.empty())
    facts_.kappa_by_depth_why += ", over the least factor of training";
  facts_.kappa.reset();
  facts_.kappa_why = "the estimate is trained";
  oracle_ = std::make_shared<AdaptedOracle>(
      asked_, training_, traits_of(asked_.model->traits(), facts_.kappa_by_depth));
}

Oracle AdaptedInstance::compile(kernels::Walk walk, Correction correction) const {
  if (kernels::restarts(walk))
    throw Error(ErrorKind::kUsage, "adapt", "trains estimates for walks");
  return make_model_oracle(oracle_, walk, correction, asked_.own_masses, asked_.in_use);
}

double AdaptedInstance::log_root_sum() const {
  const ExploredTree& tree = *training_->tree;
  double log = training_->estimate.log_sum(tree, ExploredTree::kRoot);
  // Where w(root) is no 1, the masses are on the scale of the untrained children's.
  if (!untrained_.facts().asked) log += untrained_.log_root_sum() - untrained_sum();
  return log;
}

double AdaptedInstance::untrained_sum() const {
  return TrainedEstimate(NodeValue::none(facts_.horizon))
      .log_sum(*training_->tree, ExploredTree::kRoot);
}

WalkBounds AdaptedInstance::walk_bounds() const {
  const InstanceFacts& before = untrained_.facts();
  const OracleTraits& base = asked_.model->traits();
  WalkBounds bounds;
  bounds.rounding = 1;
  // S/w of trained estimates is at most that of the untrained ones times V below over V.
  const RowBounds stated = row_bounds(base);
  if (!stated.bounds.empty()) {
    const double places = kLetPass + (facts_.alphabet + 1.0) * 0x1p-31;
    double climb = 1;
    for (std::uint32_t h = 1; h < facts_.horizon; ++h) {
      const double ratio = stated.bounds[h] * most_[h] / least_[h - 1];
      climb *= std::max(0.0, 1 / std::max(1.0, ratio) - places);
    }
    bounds.least_climb = climb;
  }
  if (training_->estimate.explored() == 0)
    bounds.least_climb =
        std::max(bounds.least_climb, untrained_.least_climb(training_->estimate.value()));
  if (before.kappa) {
    std::vector<double> kappa(facts_.horizon, 1.0);
    std::vector<double> excess(facts_.horizon, 1.0);
    double above = 2;  // the sum over depths of the most that w V can come to, over the total mass
    for (std::uint32_t h = 1; h < facts_.horizon; ++h) {
      kappa[h - 1] = *before.kappa / least_[h - 1];
      excess[h - 1] = *before.kappa * most_[h - 1];
      above += excess[h - 1];
    }
    bounds.steps_per_visit = 2 * above;
    // Masses that are off by so much are off by twice as much once they sum to 1.
    bounds.rounding = rounding_distance(kappa, excess, facts_.alphabet) +
                      std::expm1(2 * kRoundedALevel * facts_.horizon);
    if (before.asked) return bounds;
    // What tables are off from the target.
    const WalkBounds tables = untrained_.walk_bounds();
    bounds.rounding += tables.rounding;
    bounds.excess = tables.excess / *std::ranges::min_element(least_);
    return bounds;
  }
  // Where no node has less than its children, the nodes of any depth have no more than the root's
  // children, but for what is let pass of each row, and of Z there is at least what the leaves have
  // that were met.
  const bool falls = base.ratio_bound.size() == facts_.horizon &&
                     std::all_of(base.ratio_bound.begin() + 1, base.ratio_bound.end(),
                                 [](double bound) { return bound <= 1; });
  const std::optional<double> known = training_->tree->log_leaf_mass();
  if (falls && before.asked && known) {
    double above = 1;  // the nodes above leaves of the other parity
    for (std::uint32_t h = 1; h <= facts_.horizon; ++h) above += most_[h - 1];
    const double let_pass = std::pow(1 + kLetPass, facts_.horizon);
    bounds.steps_per_visit = 2 * above * kPlaces * let_pass * std::exp(untrained_sum() - *known);
  }
  return bounds;
}

}  // namespace wend
