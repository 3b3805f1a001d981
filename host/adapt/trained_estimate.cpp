#include "host/adapt/trained_estimate.hpp"

#include <utility>

namespace wend {

TrainedEstimate::TrainedEstimate(NodeValue value, const ExploredTree& tree)
    : value_(std::move(value)), log_backed_(tree.size(), 0.0) {
  // Children come after their parents.
  for (ExploredTree::Node node = tree.size(); node-- > 0;) log_backed_[node] = log_sum(tree, node);
}

}  // namespace wend
