#include "host/instances/tree/bounds.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>
#include <vector>

#include "host/instances/tree/sweep.hpp"
#include "host/oracles/row_errors.hpp"

namespace wend {
namespace {

// What WalkBounds is made from, on the scale of the masses.
struct BoundsFold {
  struct Value {
    double log_climb;  // of the leaf below from which a climb to here is least likely
    double flow;       // sum of w over the nodes below, and this one's
    double error;      // sum over the rows from here on of mass times relative error
  };
  static Value leaf(double mass) {
    return {mass > 0 ? 0.0 : std::numeric_limits<double>::infinity(), mass, 0.0};
  }
  static Value node(const NodeView<Value>& node) {
    const auto alphabet = static_cast<std::uint32_t>(node.children.size());
    const double own = node.depth == 0 ? 0.0 : node.estimate;
    Value value{std::numeric_limits<double>::infinity(), own, 0.0};
    const RowErrors errors(alphabet);
    // Any of those that are nearly the largest may get what rounding leaves.
    const double sum = own + node.below;
    const double largest = *std::ranges::max_element(node.children) - 0x1p-31 * sum;
    for (std::uint32_t c = 0; c < alphabet; ++c) {
      const double child = node.children[c];
      value.flow += child > 0 ? node.values[c].flow : 0.0;
      if (!(node.exact_below[c] > 0)) continue;
      value.log_climb = std::min(value.log_climb, node.values[c].log_climb);
      value.error +=
          node.values[c].error +
          errors.down(node.exact_below[c], node.exact_below[c] / child * sum, child >= largest);
    }
    if (node.depth == 0 || !(node.exact > 0)) return value;
    value.log_climb += log_least_rise(std::log(own / node.below), alphabet);
    value.error += node.exact * (errors.up(own, node.below) + errors.turn(own, node.below));
    return value;
  }
};

// Finds the total, and the largest error over estimate of the nodes below the root.
class BoundsVisitor {
 public:
  BoundsVisitor(std::mutex& mutex, double& total, double& excess)
      : mutex_(mutex), total_(total), excess_(excess) {}
  BoundsVisitor(const BoundsVisitor&) = delete;
  BoundsVisitor& operator=(const BoundsVisitor&) = delete;
  ~BoundsVisitor() {
    const std::scoped_lock lock(mutex_);
    excess_ = std::max(excess_, own_excess_);
  }

  void operator()(const NodeView<BoundsFold::Value>& node) {
    if (node.depth == 0) total_ = node.exact;
    for (std::size_t c = 0; c < node.children.size(); ++c) {
      if (!(node.exact_below[c] > 0)) continue;
      const double excess = node.values[c].error / node.children[c];
      own_excess_ = std::isnan(excess) ? std::numeric_limits<double>::infinity()
                                       : std::max(own_excess_, excess);
    }
  }

 private:
  std::mutex& mutex_;
  double& total_;
  double& excess_;
  double own_excess_ = 0;
};

// Keeps the largest ratios of its own block of nodes, so that the lock is taken once a block.
class ErrorVisitor {
 public:
  ErrorVisitor(std::mutex& mutex, EstimateErrors& errors)
      : mutex_(mutex), errors_(errors), low_(errors.low.size()), high_(errors.low.size()) {}
  ErrorVisitor(const ErrorVisitor&) = delete;
  ErrorVisitor& operator=(const ErrorVisitor&) = delete;
  ~ErrorVisitor() {
    const std::scoped_lock lock(mutex_);
    for (std::size_t h = 0; h < low_.size(); ++h) {
      errors_.low[h] = std::max(errors_.low[h], low_[h]);
      errors_.high[h] = std::max(errors_.high[h], high_[h]);
    }
  }

  void operator()(const NodeView<NoFold::Value>& node) {
    if (node.depth == 0) return;
    double& low = low_[node.depth - 1];
    double& high = high_[node.depth - 1];
    if (node.exact > 0) low = std::max(low, node.exact / node.estimate);
    if (node.estimate > 0) high = std::max(high, node.estimate / node.exact);
  }

 private:
  std::mutex& mutex_;
  EstimateErrors& errors_;
  std::vector<double> low_;
  std::vector<double> high_;
};

}  // namespace

EstimateErrors estimate_errors(const TreeMasses& masses) {
  EstimateErrors errors{std::vector<double>(masses.horizon, 0.0),
                        std::vector<double>(masses.horizon, 0.0)};
  errors.low.back() = errors.high.back() = 1;
  std::mutex mutex;
  visit_bottom_up<NoFold>(masses, [&] { return ErrorVisitor(mutex, errors); });
  return errors;
}

WalkBounds walk_bounds(const TreeMasses& masses) {
  double total = 0;
  double excess = 0;
  std::mutex mutex;
  const BoundsFold::Value found =
      visit_bottom_up<BoundsFold>(masses, [&] { return BoundsVisitor(mutex, total, excess); });
  return {.least_climb = std::exp(found.log_climb),
          .steps_per_visit = 2 * found.flow / total,
          .rounding = 2 * found.error / total,
          .excess = excess};
}

}  // namespace wend
