#include "host/adapt/trained_estimate.hpp"

#include <algorithm>
#include <utility>

#include "host/base/no_mass.hpp"
#include "kernels/lockstep/log_mass.hpp"

namespace wend {

TrainedEstimate::TrainedEstimate(NodeValue value, const ExploredTree& tree)
    : value_(std::move(value)), log_backed_(tree.size(), 0.0) {
  // Children come after their parents.
  for (ExploredTree::Node node = tree.size(); node-- > 0;) log_backed_[node] = log_sum(tree, node);
}

double TrainedEstimate::log_sum(const ExploredTree& tree, ExploredTree::Node node) const {
  const std::uint32_t below = tree.depth(node) + 1;
  double largest = kNoMass;
  for (const ExploredTree::Edge& edge : tree.edges(node))
    largest = std::max(largest, edge.log_ratio + log_factor(edge, below));
  if (largest == kNoMass) return kNoMass;
  double sum = 0;
  for (const ExploredTree::Edge& edge : tree.edges(node))
    sum += kernels::mass_of_log(edge.log_ratio + log_factor(edge, below) - largest);
  return largest + kernels::log_of_mass(sum);
}

}  // namespace wend
