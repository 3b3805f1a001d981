#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>

#include "host/instances/tree/sweep.hpp"

// The sequential sampler's acceptance on a tree (docs/design.md).
namespace wend {

// ln of the largest weight S/w to gather from here on.
struct AcceptanceFold {
  using Value = double;
  static Value leaf(double /*mass*/) { return 0.0; }
  static Value node(const NodeView<Value>& node) {
    double best = -std::numeric_limits<double>::infinity();
    for (std::size_t c = 0; c < node.children.size(); ++c)
      if (node.children[c] > 0) best = std::max(best, node.values[c]);
    return best + std::log(node.below / node.estimate);
  }
};

/// What is kept of a proposal of each child: exp( acceptance - the largest of the children that can
/// be reached ). `children`: their w; `acceptance`: their values by the fold.
inline void keep_shares(std::span<const double> children, std::span<const double> acceptance,
                        std::span<double> kept) {
  double largest = -std::numeric_limits<double>::infinity();
  for (std::size_t c = 0; c < children.size(); ++c)
    if (children[c] > 0) largest = std::max(largest, acceptance[c]);
  for (std::size_t c = 0; c < children.size(); ++c)
    kept[c] = children[c] > 0 && std::isfinite(largest) ? std::exp(acceptance[c] - largest) : 0.0;
}

}  // namespace wend
