#include "host/oracles/row_outcomes.hpp"

#include <algorithm>
#include <numeric>

namespace wend {

void jerrum_sinclair_outcomes(double parent, std::span<const double> children,
                              std::span<double> outcomes) {
  outcomes[0] = parent;
  std::ranges::copy(children, outcomes.begin() + 1);
}

void lifted_outcomes(double parent, std::span<const double> children, bool from_below,
                     std::span<double> outcomes) {
  const double below = std::accumulate(children.begin(), children.end(), 0.0);
  if (below <= 0) {
    std::ranges::fill(outcomes, 0.0);
    outcomes[0] = 1.0;
    return;
  }
  // Weights on the scale of max(w(u), S).
  outcomes[0] = from_below ? parent : std::max(0.0, parent - below);
  const double scale = from_below ? std::max(0.0, (below - parent) / below) : 1.0;
  std::ranges::transform(children, outcomes.begin() + 1,
                         [scale](double child) { return child * scale; });
}

void sequential_outcomes(std::span<const double> children, std::span<const double> acceptance,
                         std::span<double> outcomes) {
  double largest = 0;
  for (std::size_t c = 0; c < acceptance.size(); ++c)
    if (children[c] > 0) largest = std::max(largest, acceptance[c]);
  double rejected = 0;
  bool alive = false;
  for (std::size_t c = 0; c < children.size(); ++c) {
    const double kept = acceptance.empty() ? 1.0 : (largest > 0 ? acceptance[c] / largest : 0.0);
    outcomes[1 + c] = children[c] > 0 ? children[c] * kept : 0.0;
    rejected += children[c] - outcomes[1 + c];
    alive = alive || outcomes[1 + c] > 0;
  }
  outcomes[0] = alive ? std::max(0.0, rejected) : 1.0;
}

std::uint32_t rows_per_node(Algorithm algorithm) { return algorithm == Algorithm::kLifted ? 2 : 1; }

}  // namespace wend
