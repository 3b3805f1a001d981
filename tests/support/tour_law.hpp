#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

#include "host/oracles/row_compiler.hpp"
#include "kernels/walk/walk.hpp"
#include "tests/support/leaf_chain.hpp"

namespace wend::test {

/// P(N = 0), P(N = 1), .., and the rest, of the leaf visits N of one tour, by linear algebra.
inline std::vector<double> visits_law(const SmallTree& tree, bool directed, std::size_t most) {
  // States are (node, arrived from below), leaves included; the root ends a tour.
  const auto number = [directed](std::uint32_t node, bool up) {
    return Eigen::Index{2} * node + (directed && up ? 1 : 0);
  };
  const auto size = Eigen::Index{2} * tree.nodes();
  Eigen::MatrixXd stay = Eigen::MatrixXd::Identity(size, size);  // between two leaf visits
  Eigen::MatrixXd onto = Eigen::MatrixXd::Zero(size, size);      // steps onto a leaf
  Eigen::VectorXd home = Eigen::VectorXd::Zero(size);            // steps to the root
  const auto law = [&](std::uint32_t node, bool up) {
    std::vector<double> outcomes(tree.alphabet + 1, 0.0);
    outcomes[0] = 1;  // a leaf's
    if (tree.is_leaf(node)) return outcomes;
    step_outcomes(directed ? kernels::Walk::kLifted : kernels::Walk::kJerrumSinclair, up,
                  tree.parent_weight(node), tree.children(node), {}, outcomes);
    const double sum = std::accumulate(outcomes.begin(), outcomes.end(), 0.0);
    if (sum > 0)  // else it is never arrived at
      for (double& outcome : outcomes) outcome /= sum;
    return outcomes;
  };
  for (std::uint32_t node = 1; node < tree.nodes(); ++node) {
    for (const bool up : {false, true}) {
      const std::vector<double> outcomes = law(node, up);
      if (node != 1 && outcomes[0] > 0) {
        if (tree.parent(node) == 1) {
          home(number(node, up)) = outcomes[0];
        } else {
          stay(number(node, up), number(tree.parent(node), true)) -= outcomes[0];
        }
      }
      for (std::uint32_t c = 0; c < tree.alphabet && !tree.is_leaf(node); ++c) {
        const std::uint32_t child = tree.child(node, c);
        auto& matrix = tree.is_leaf(child) ? onto : stay;
        matrix(number(node, up), number(child, false)) +=
            tree.is_leaf(child) ? outcomes[1 + c] : -outcomes[1 + c];
      }
      if (!directed) break;
    }
  }
  const auto solver = stay.partialPivLu();
  Eigen::VectorXd end = solver.solve(home);  // P(the tour ends with no further visit)
  std::vector<double> probabilities;
  double rest = 1;
  for (std::size_t n = 0; n < most; ++n) {
    probabilities.push_back(end(number(1, false)));
    rest -= probabilities.back();
    end = solver.solve(onto * end);
  }
  probabilities.push_back(std::max(rest, 0.0));
  return probabilities;
}

}  // namespace wend::test
