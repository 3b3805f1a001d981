#include "host/adapt/fit.hpp"

#include <algorithm>
#include <vector>

#include "host/base/no_mass.hpp"
#include "kernels/lockstep/log_mass.hpp"

namespace wend {
namespace {

constexpr double kPseudoObservation = 0.02;
// What nodes that no scout came to count at a depth, all together: where the estimate is largest is
// no fair sample, but better than none.
constexpr double kLookedAt = 4;
// ln V is kept within what double has exponentials of, whatever the rows say.
constexpr double kMostLog = 600;

// Weighted numbers given by their logarithms, summed on a scale of their own.
class LogSum {
 public:
  void add(double weight, double log) {
    if (log != kNoMass) {
      if (log > scale_) {
        sum_ *= kernels::mass_of_log(scale_ - log);
        scale_ = log;
      }
      sum_ += weight * kernels::mass_of_log(log - scale_);
    }
    weight_ += weight;
  }
  [[nodiscard]] double log_mean() const {
    return sum_ > 0 ? scale_ + kernels::log_of_mass(sum_ / weight_) : kNoMass;
  }
  [[nodiscard]] double weight() const { return weight_; }
  [[nodiscard]] double log_sum() const {
    return sum_ > 0 ? scale_ + kernels::log_of_mass(sum_) : kNoMass;
  }

 private:
  double scale_ = kNoMass;
  double sum_ = 0;
  double weight_ = 0;
};

// How often the nodes of a depth count.
class Weights {
 public:
  Weights(const ExploredTree& tree, const std::vector<ExploredTree::Node>& nodes) : tree_(tree) {
    std::uint64_t looked_at = 0;
    for (const ExploredTree::Node node : nodes) looked_at += tree.arrivals(node) == 0 ? 1U : 0U;
    if (looked_at > 0) of_looked_at_ = std::min(1.0, kLookedAt / static_cast<double>(looked_at));
  }
  [[nodiscard]] double of(ExploredTree::Node node) const {
    const std::uint64_t arrivals = tree_.arrivals(node);
    return arrivals == 0 ? of_looked_at_ : static_cast<double>(arrivals);
  }

 private:
  const ExploredTree& tree_;
  double of_looked_at_ = 0;
};

// ln of the mean of S/w, untrained, over all rows that were seen: what a depth is expected to cost
// where nothing was.
double log_row_sum(const ExploredTree& tree,
                   const std::vector<std::vector<ExploredTree::Node>>& by_depth) {
  LogSum all;
  for (const std::vector<ExploredTree::Node>& nodes : by_depth) {
    const Weights weights(tree, nodes);
    for (const ExploredTree::Node node : nodes) {
      LogSum row;
      for (const ExploredTree::Edge& edge : tree.edges(node)) row.add(1, edge.log_ratio);
      if (node != ExploredTree::kRoot) all.add(weights.of(node), row.log_sum());
    }
  }
  return all.log_mean() == kNoMass ? 0.0 : all.log_mean();
}

// Of what was seen of each bucket, and a little of the prior.
std::vector<double> bucket_means(std::vector<LogSum>& seen, double log_prior) {
  std::vector<double> log_means;
  log_means.reserve(seen.size());
  for (LogSum& bucket : seen) {
    if (bucket.weight() == 0) {  // the prior alone: most, where there are many
      log_means.push_back(log_prior);
      continue;
    }
    bucket.add(kPseudoObservation, log_prior);
    log_means.push_back(bucket.log_mean());
  }
  return log_means;
}

std::vector<double> values_by_features(const std::vector<LogSum>& seen, const BucketFit& fit,
                                       double log_prior) {
  std::vector<double> weights;
  std::vector<double> log_means;
  for (const LogSum& bucket : seen) {
    weights.push_back(bucket.weight());
    log_means.push_back(bucket.log_mean());
  }
  return fit.fit({weights, log_means}, log_prior);
}

}  // namespace

NodeValue fit_value(const ExploredTree& tree, const FitLimits& limits) {
  std::vector<std::vector<ExploredTree::Node>> by_depth(limits.horizon);
  for (ExploredTree::Node node = 0; node < tree.size(); ++node)
    by_depth[tree.depth(node)].push_back(node);

  NodeValue value{limits.horizon, limits.buckets,
                  std::vector<double>(std::size_t{limits.horizon} * limits.buckets, 0.0),
                  std::nullopt};
  const double least = limits.least > 0 ? kernels::log_of_mass(limits.least) : -kMostLog;
  const double most = limits.at_most_one ? 0 : kMostLog;
  const double log_row = log_row_sum(tree, by_depth);
  std::vector<double> log_sums(tree.size(), 0.0);
  for (std::uint32_t h = limits.horizon; h-- > 1;) {
    // As TrainedEstimate::log_sum, of which this is a part: with the V of greater depths only.
    const auto log_factor = [&](const ExploredTree::Edge& edge) {
      if (edge.leaf) return 0.0;
      if (limits.backed_up && edge.node != ExploredTree::kNone) return log_sums[edge.node];
      return value.at(h + 1, edge.bucket);
    };
    LogSum of_depth;
    const double log_prior = std::clamp(log_row * (limits.horizon - h), least, most);
    of_depth.add(kPseudoObservation, log_prior);
    std::vector<LogSum> of_bucket(limits.buckets);
    const Weights weights(tree, by_depth[h]);
    for (const ExploredTree::Node node : by_depth[h]) {
      LogSum sum;
      for (const ExploredTree::Edge& edge : tree.edges(node))
        sum.add(1, edge.log_ratio + log_factor(edge));
      const double log_sum = sum.log_sum();
      log_sums[node] = log_sum;
      const double weight = weights.of(node);
      of_depth.add(weight, log_sum);
      if (limits.buckets > 1) of_bucket[tree.bucket(node)].add(weight, log_sum);
    }
    const std::vector<double> log_values =
        limits.buckets == 1 ? std::vector<double>{of_depth.log_mean()}
        : limits.by_features == nullptr
            ? bucket_means(of_bucket, limits.at_most_one ? log_prior : of_depth.log_mean())
            : values_by_features(of_bucket, *limits.by_features, of_depth.log_mean());
    for (std::uint32_t b = 0; b < limits.buckets; ++b)
      value.log_value[std::size_t{h} * limits.buckets + b] = std::clamp(log_values[b], least, most);
  }
  return value;
}

}  // namespace wend
