#include "host/adapt/fit.hpp"

#include <algorithm>
#include <vector>

#include "host/adapt/trained_estimate.hpp"
#include "host/base/no_mass.hpp"
#include "kernels/lockstep/log_mass.hpp"

namespace wend {
namespace {

constexpr double kPseudoObservation = 0.02;
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
  [[nodiscard]] double log_sum() const {
    return sum_ > 0 ? scale_ + kernels::log_of_mass(sum_) : kNoMass;
  }

 private:
  double scale_ = kNoMass;
  double sum_ = 0;
  double weight_ = 0;
};

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
  std::vector<double> log_sums(tree.size(), 0.0);
  for (std::uint32_t h = limits.horizon; h-- > 1;) {
    // As TrainedEstimate::log_sum, of which this is a part: with the V of greater depths only.
    const auto log_factor = [&](const ExploredTree::Edge& edge) {
      if (edge.leaf) return 0.0;
      if (limits.backed_up && edge.node != ExploredTree::kNone) return log_sums[edge.node];
      return value.at(h + 1, edge.bucket);
    };
    LogSum of_depth;
    of_depth.add(kPseudoObservation, 0);  // of an upper bound the most that V can be
    std::vector<LogSum> of_bucket(limits.buckets);
    for (const ExploredTree::Node node : by_depth[h]) {
      LogSum sum;
      for (const ExploredTree::Edge& edge : tree.edges(node))
        sum.add(1, edge.log_ratio + log_factor(edge));
      const double log_sum = sum.log_sum();
      log_sums[node] = log_sum;
      const double weight = tree.weight(node);
      if (weight == 0) continue;
      of_depth.add(weight, log_sum);
      if (limits.buckets > 1) of_bucket[tree.bucket(node)].add(weight, log_sum);
    }
    for (std::uint32_t b = 0; b < limits.buckets; ++b) {
      double log = of_depth.log_mean();
      if (limits.buckets > 1) {
        of_bucket[b].add(kPseudoObservation, limits.at_most_one ? 0 : log);
        log = of_bucket[b].log_mean();
      }
      value.log_value[std::size_t{h} * limits.buckets + b] = std::clamp(log, least, most);
    }
  }
  return value;
}

}  // namespace wend
