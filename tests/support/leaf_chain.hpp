#pragma once

#include <Eigen/Dense>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

// The chain of leaf visits of a walk on a small tree, by dense linear algebra: what the walks are
// proven to do is compared with what their step laws do, without sampling error.
namespace wend::test {

/// A complete A-ary tree; nodes are numbered breadth-first from 1, the root.
struct SmallTree {
  std::uint32_t alphabet = 2;
  std::uint32_t horizon = 1;
  std::vector<double> w;     ///< estimate by node, w[0] unused; exact at leaves
  std::vector<double> mass;  ///< exact mass by node, the root's being Z

  SmallTree(std::uint32_t alphabet_size, std::uint32_t depth)
      : alphabet(alphabet_size), horizon(depth) {
    w.assign(end_of_depth(horizon), 0.0);
    mass = w;
  }
  /// Number of the node after depth h's last.
  [[nodiscard]] std::uint32_t end_of_depth(std::uint32_t h) const {
    std::uint32_t end = 1;
    std::uint32_t width = 1;
    for (std::uint32_t i = 0; i <= h; ++i, width *= alphabet) end += width;
    return end;
  }
  [[nodiscard]] std::uint32_t first_leaf() const { return end_of_depth(horizon - 1); }
  [[nodiscard]] std::uint32_t nodes() const { return static_cast<std::uint32_t>(w.size()); }
  [[nodiscard]] bool is_leaf(std::uint32_t node) const { return node >= first_leaf(); }
  [[nodiscard]] std::uint32_t child(std::uint32_t node, std::uint32_t symbol) const {
    return node * alphabet + symbol - (alphabet - 2);
  }
  [[nodiscard]] std::uint32_t parent(std::uint32_t node) const {
    return (node + alphabet - 2) / alphabet;
  }
  [[nodiscard]] std::span<const double> children(std::uint32_t node) const {
    return {w.data() + child(node, 0), alphabet};
  }
  /// w(u) as a step sees it: 0 at the root, which has no parent.
  [[nodiscard]] double parent_weight(std::uint32_t node) const { return node == 1 ? 0.0 : w[node]; }
};

/// Weights, of any scale, of the 1 + A outcomes at an interior node, outcome 0 being "up".
using StepLaw =
    std::function<void(std::uint32_t node, bool from_below, std::span<double> outcomes)>;

struct LeafChain {
  std::vector<std::uint32_t> leaves;  ///< those that can be reached from the root
  Eigen::MatrixXd transition;         ///< from visit to visit
  Eigen::RowVectorXd first;           ///< law of the first visit, from the root
  double first_steps = 0;             ///< expected steps to it
  Eigen::VectorXd steps;              ///< expected steps from each leaf's visit to the next
  Eigen::VectorXd passes;  ///< probability to pass the root from each leaf's visit to the next
};

namespace detail {

/// The interior states (node, arrived from below) that can be reached, and their numbers.
struct States {
  std::vector<std::uint32_t> keys;        ///< 2 * node + from_below
  std::vector<std::int32_t> number;       ///< by key; -1 where it cannot be reached
  std::vector<std::int32_t> leaf_number;  ///< by node
  std::vector<std::uint32_t> leaves;
};

inline std::vector<double> probabilities(const SmallTree& tree, const StepLaw& law,
                                         std::uint32_t key) {
  std::vector<double> outcomes(tree.alphabet + 1, 0.0);
  law(key / 2, key % 2 == 1, outcomes);
  double sum = 0;
  for (const double outcome : outcomes) sum += outcome;
  for (double& outcome : outcomes) outcome /= sum;
  return outcomes;
}

inline States reach(const SmallTree& tree, bool directed, const StepLaw& law) {
  States states;
  states.number.assign(2 * tree.nodes(), -1);
  states.leaf_number.assign(tree.nodes(), -1);
  const auto visit = [&](std::uint32_t node, bool from_below) {
    const std::uint32_t key = 2 * node + (directed && from_below ? 1U : 0U);
    if (states.number[key] >= 0) return;
    states.number[key] = static_cast<std::int32_t>(states.keys.size());
    states.keys.push_back(key);
  };
  visit(1, false);
  for (std::size_t i = 0; i < states.keys.size(); ++i) {
    const std::uint32_t node = states.keys[i] / 2;
    const std::vector<double> outcomes = probabilities(tree, law, states.keys[i]);
    if (outcomes[0] > 0) visit(tree.parent(node), true);
    for (std::uint32_t c = 0; c < tree.alphabet; ++c) {
      const std::uint32_t child = tree.child(node, c);
      if (outcomes[1 + c] <= 0) continue;
      if (!tree.is_leaf(child)) {
        visit(child, false);
      } else if (states.leaf_number[child] < 0) {
        states.leaf_number[child] = static_cast<std::int32_t>(states.leaves.size());
        states.leaves.push_back(child);
        visit(node, true);
      }
    }
  }
  return states;
}

}  // namespace detail

/// Solves the chain of leaf visits. `directed`: the step law asks where the walk came from. O(n^3)
/// in the number of nodes.
inline LeafChain solve_leaf_chain(const SmallTree& tree, bool directed, const StepLaw& law) {
  const detail::States states = detail::reach(tree, directed, law);
  const auto interior = static_cast<Eigen::Index>(states.keys.size());
  const auto leaves = static_cast<Eigen::Index>(states.leaves.size());
  const auto number = [&](std::uint32_t node, bool from_below) {
    return states.number[2 * node + (directed && from_below ? 1U : 0U)];
  };
  Eigen::MatrixXd stay = Eigen::MatrixXd::Identity(interior, interior);  // I - P within interiors
  // Right-hand sides: the probabilities of stepping onto each leaf, and ones for counting steps.
  Eigen::MatrixXd leave = Eigen::MatrixXd::Zero(interior, leaves + 1);
  leave.col(leaves).setOnes();
  for (Eigen::Index i = 0; i < interior; ++i) {
    const std::uint32_t key = states.keys[static_cast<std::size_t>(i)];
    const std::vector<double> outcomes = detail::probabilities(tree, law, key);
    if (outcomes[0] > 0) stay(i, number(tree.parent(key / 2), true)) -= outcomes[0];
    for (std::uint32_t c = 0; c < tree.alphabet; ++c) {
      if (outcomes[1 + c] <= 0) continue;
      const std::uint32_t child = tree.child(key / 2, c);
      if (tree.is_leaf(child)) {
        leave(i, states.leaf_number[child]) += outcomes[1 + c];
      } else {
        stay(i, number(child, false)) -= outcomes[1 + c];
      }
    }
  }
  const Eigen::MatrixXd solved = stay.partialPivLu().solve(leave);
  LeafChain chain;
  chain.leaves = states.leaves;
  chain.first = solved.row(0).head(leaves);
  chain.first_steps = solved(0, leaves);
  // Reaching the root before a leaf: the same equations, the root's states being ends.
  Eigen::VectorXd at_root = Eigen::VectorXd::Zero(interior);
  for (Eigen::Index i = 0; i < interior; ++i) {
    if (states.keys[static_cast<std::size_t>(i)] / 2 != 1) continue;
    stay.row(i).setZero();
    stay(i, i) = 1;
    at_root(i) = 1;
  }
  const Eigen::VectorXd reaches = stay.partialPivLu().solve(at_root);
  chain.transition.resize(leaves, leaves);
  chain.steps.resize(leaves);
  chain.passes.resize(leaves);
  for (Eigen::Index x = 0; x < leaves; ++x) {
    const auto above = number(tree.parent(states.leaves[static_cast<std::size_t>(x)]), true);
    chain.transition.row(x) = solved.row(above).head(leaves);
    chain.steps(x) = 1 + solved(above, leaves);  // one step up from the leaf
    chain.passes(x) = reaches(above);
  }
  return chain;
}

/// mu* of the chain's leaves.
inline Eigen::RowVectorXd target(const SmallTree& tree, const LeafChain& chain) {
  Eigen::RowVectorXd law(static_cast<Eigen::Index>(chain.leaves.size()));
  for (std::size_t x = 0; x < chain.leaves.size(); ++x)
    law(static_cast<Eigen::Index>(x)) = tree.w[chain.leaves[x]];
  return law / law.sum();
}

/// The law that one visit hands on to the next unchanged.
inline Eigen::RowVectorXd stationary(const LeafChain& chain) {
  const Eigen::Index n = chain.transition.rows();
  Eigen::MatrixXd equations = chain.transition.transpose() - Eigen::MatrixXd::Identity(n, n);
  equations.row(n - 1).setOnes();  // one balance equation follows from the others
  Eigen::VectorXd right = Eigen::VectorXd::Zero(n);
  right(n - 1) = 1;
  return equations.fullPivLu().solve(right).transpose();
}

/// Law of the K-th visit from the root, K >= 1.
inline Eigen::RowVectorXd visit_law(const LeafChain& chain, std::uint32_t visits) {
  Eigen::RowVectorXd law = chain.first;
  Eigen::MatrixXd power = chain.transition;
  for (std::uint32_t left = visits - 1; left != 0; left /= 2) {
    if (left % 2 == 1) law = law * power;
    power = power * power;
  }
  return law;
}

/// The chance that at stationarity the last `visits` visits lie in one tour, without a passage of
/// the root before or between them: of the chain that is killed there.
inline double same_tour(const LeafChain& chain, const Eigen::RowVectorXd& mu,
                        std::uint32_t visits) {
  const Eigen::MatrixXd killed = chain.transition - chain.passes * chain.first;
  Eigen::RowVectorXd law = mu;
  for (std::uint32_t k = 0; k < visits; ++k) law = law * killed;
  return law.sum();
}

inline double total_variation(const Eigen::RowVectorXd& a, const Eigen::RowVectorXd& b) {
  return (a - b).cwiseAbs().sum() / 2;
}

/// What is proven of a walk, measured on its chain of leaf visits.
struct LeafChainFacts {
  double stationary_error = 0;     ///< largest |stationary - mu*|
  double reversibility_error = 0;  ///< largest |mu*(x) M(x,y) - mu*(y) M(y,x)|
  double least_eigenvalue = 0;     ///< of M's symmetric form under mu*
  double relaxation = 0;           ///< visits: 1 / (1 - second largest eigenvalue)
  double first_visit_density = 0;  ///< largest first(x) / mu*(x)
  double steps_per_visit = 0;      ///< expected, under mu*
};

inline LeafChainFacts measure(const SmallTree& tree, const LeafChain& chain) {
  const Eigen::RowVectorXd mu = target(tree, chain);
  const Eigen::MatrixXd flow = mu.asDiagonal() * chain.transition;
  const Eigen::VectorXd root = mu.transpose().cwiseSqrt();
  const Eigen::MatrixXd similar =
      root.asDiagonal() * chain.transition * root.cwiseInverse().asDiagonal();
  const Eigen::VectorXd eigenvalues =
      Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>((similar + similar.transpose()) / 2)
          .eigenvalues();
  LeafChainFacts facts;
  facts.stationary_error = (stationary(chain) - mu).cwiseAbs().maxCoeff();
  facts.reversibility_error = (flow - flow.transpose()).cwiseAbs().maxCoeff();
  facts.least_eigenvalue = eigenvalues(0);
  const Eigen::Index n = eigenvalues.size();
  facts.relaxation = n < 2 ? 1.0 : 1 / (1 - eigenvalues(n - 2));
  facts.first_visit_density = (chain.first.array() / mu.array()).maxCoeff();
  facts.steps_per_visit = mu.dot(chain.steps.transpose());
  return facts;
}

}  // namespace wend::test
