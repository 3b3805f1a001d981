#include "host/instances/tree/masses.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>

#include "host/base/parallel.hpp"
#include "host/oracles/row_outcomes.hpp"

namespace wend {
namespace {

constexpr std::uint64_t kGrain = 4096;

// One level of the tree, as seen from its parents.
struct Level {
  std::vector<double> exact;
  std::vector<double> estimate;
  std::vector<double> log_acceptance;  // ln of the largest weight S/w to gather from here on

  void resize(std::uint64_t nodes, bool with_acceptance) {
    exact.resize(nodes);
    estimate.resize(nodes);
    log_acceptance.resize(with_acceptance ? nodes : 0);
  }
};

// What a visitor sees of one interior node.
struct NodeView {
  std::uint32_t depth;
  std::uint64_t index;
  double exact;
  double estimate;
  std::span<const double> children;        // w of each child; at depth H-1 the leaf masses
  std::span<const double> log_acceptance;  // of each child; empty unless asked for
};

// Calls make_visitor() once a block of nodes and its result for every node, from depth H-1 up to
// the root; within a level in parallel.
template <class MakeVisitor>
void visit_bottom_up(const TreeMasses& masses, bool with_acceptance,
                     const MakeVisitor& make_visitor) {
  const std::uint32_t alphabet = masses.alphabet;
  Level below;
  Level level;
  for (std::uint32_t h = masses.horizon; h-- > 0;) {
    const std::uint64_t nodes = leaves(alphabet, h);
    const bool above_leaves = h + 1 == masses.horizon;
    level.resize(nodes, with_acceptance);
    parallel_blocks(nodes, kGrain, 0, [&](std::uint64_t first, std::uint64_t last) {
      auto visitor = make_visitor();
      std::vector<double> leaf_masses(alphabet);
      const std::vector<double> leaf_acceptance(with_acceptance ? alphabet : 0, 0.0);
      for (std::uint64_t i = first; i < last; ++i) {
        std::span<const double> children = leaf_masses;
        std::span<const double> acceptance = leaf_acceptance;
        double exact = 0;
        if (above_leaves) {
          for (std::uint32_t c = 0; c < alphabet; ++c) {
            leaf_masses[c] = masses.leaf_mass(i * alphabet + c);
            exact += leaf_masses[c];
          }
        } else {
          children = std::span(below.estimate).subspan(i * alphabet, alphabet);
          if (with_acceptance)
            acceptance = std::span(below.log_acceptance).subspan(i * alphabet, alphabet);
          for (std::uint32_t c = 0; c < alphabet; ++c) exact += below.exact[i * alphabet + c];
        }
        level.exact[i] = exact;
        level.estimate[i] = h == 0 ? exact : masses.estimate(h, i, exact);
        if (with_acceptance) {
          double sum = 0;
          double best = -std::numeric_limits<double>::infinity();
          for (std::uint32_t c = 0; c < alphabet; ++c) {
            sum += children[c];
            if (children[c] > 0) best = std::max(best, acceptance[c]);
          }
          level.log_acceptance[i] = best + std::log(sum / level.estimate[i]);
        }
        visitor(NodeView{h, i, exact, level.estimate[i], children, acceptance});
      }
    });
    std::swap(below, level);
  }
}

class RowCompiler {
 public:
  RowCompiler(const TreeMasses& masses, Algorithm algorithm, RowTable& rows)
      : masses_(masses),
        algorithm_(algorithm),
        rows_(rows),
        accepted_(masses.alphabet),
        outcomes_(masses.alphabet + 1) {}

  void operator()(const NodeView& node) {
    const std::uint64_t number = 1 + interior_nodes(masses_.alphabet, node.depth) + node.index;
    const double parent = node.depth == 0 ? 0 : node.estimate;
    const bool empty = parent <= 0 && *std::ranges::max_element(node.children) <= 0;
    const std::uint32_t node_rows = rows_per_node(algorithm_);
    if (empty) {
      for (std::uint32_t r = 0; r < node_rows; ++r) rows_.set_always_up(number * node_rows + r);
      return;
    }
    switch (algorithm_) {
      case Algorithm::kJerrumSinclair:
        jerrum_sinclair_outcomes(parent, node.children, outcomes_);
        rows_.set(number, outcomes_);
        break;
      case Algorithm::kLifted:
        lifted_outcomes(parent, node.children, false, outcomes_);
        rows_.set(2 * number, outcomes_);
        lifted_outcomes(parent, node.children, true, outcomes_);
        rows_.set(2 * number + 1, outcomes_);
        break;
      case Algorithm::kSequential:
        sequential_outcomes(node.children, acceptance(node), outcomes_);
        rows_.set(number, outcomes_);
        break;
      case Algorithm::kClassElimination:
        break;  // has no rows
    }
  }

 private:
  std::span<const double> acceptance(const NodeView& node) {
    if (node.log_acceptance.empty()) return {};
    double largest = -std::numeric_limits<double>::infinity();
    for (std::uint32_t c = 0; c < masses_.alphabet; ++c)
      if (node.children[c] > 0) largest = std::max(largest, node.log_acceptance[c]);
    for (std::uint32_t c = 0; c < masses_.alphabet; ++c)
      accepted_[c] = node.children[c] > 0 && std::isfinite(largest)
                         ? std::exp(node.log_acceptance[c] - largest)
                         : 0.0;
    return accepted_;
  }

  const TreeMasses& masses_;
  Algorithm algorithm_;
  RowTable& rows_;
  std::vector<double> accepted_;
  std::vector<double> outcomes_;
};

// Keeps the largest ratio of its own block of nodes, so that the lock is taken once a block.
class KappaVisitor {
 public:
  KappaVisitor(std::mutex& mutex, double& kappa) : mutex_(mutex), kappa_(kappa) {}
  KappaVisitor(const KappaVisitor&) = delete;
  KappaVisitor& operator=(const KappaVisitor&) = delete;
  ~KappaVisitor() {
    const std::scoped_lock lock(mutex_);
    kappa_ = std::max(kappa_, largest_);
  }

  void operator()(const NodeView& node) {
    if (node.depth == 0 || node.exact == node.estimate) return;
    largest_ = std::max({largest_, node.estimate / node.exact, node.exact / node.estimate});
  }

 private:
  std::mutex& mutex_;
  double& kappa_;
  double largest_ = 1;
};

}  // namespace

std::uint64_t leaves(std::uint32_t alphabet, std::uint32_t horizon) {
  std::uint64_t count = 1;
  for (std::uint32_t h = 0; h < horizon; ++h) count *= alphabet;
  return count;
}

std::uint64_t interior_nodes(std::uint32_t alphabet, std::uint32_t horizon) {
  return (leaves(alphabet, horizon) - 1) / (alphabet - 1);
}

std::uint64_t sweep_bytes(std::uint32_t alphabet, std::uint32_t horizon) {
  const std::uint64_t deepest = leaves(alphabet, horizon - 1);
  return 3 * sizeof(double) * (deepest + deepest / alphabet);
}

std::function<double(std::uint32_t, std::uint64_t, double)> tree_estimate(
    const EstimateSpec& spec) {
  if (spec.kind == EstimateSpec::Kind::kExact)
    return [](std::uint32_t, std::uint64_t, double exact) { return exact; };
  return [spec](std::uint32_t depth, std::uint64_t index, double exact) {
    // What has mass must not lose it to underflow, or its leaves could not be reached.
    const double noisy = exact * std::exp(log_noise(spec, depth, index));
    return exact > 0 ? std::max(noisy, std::numeric_limits<double>::min()) : 0.0;
  };
}

TreeOracle compile_tree_oracle(const TreeMasses& masses, Algorithm algorithm,
                               Correction correction) {
  number_tree(masses.alphabet, masses.horizon);  // refuses what cannot be numbered
  TreeOracle oracle;
  oracle.alphabet = masses.alphabet;
  oracle.horizon = masses.horizon;
  // Nodes are numbered from 1; number 0 is the leaves' row.
  const std::uint32_t node_rows = rows_per_node(algorithm);
  oracle.rows =
      RowTable(masses.alphabet, (interior_nodes(masses.alphabet, masses.horizon) + 1) * node_rows);
  for (std::uint32_t r = 0; r < node_rows; ++r) oracle.rows.set_always_up(r);
  const bool reject = algorithm == Algorithm::kSequential && correction == Correction::kReject;
  visit_bottom_up(masses, reject, [&] { return RowCompiler(masses, algorithm, oracle.rows); });
  return oracle;
}

std::vector<double> interior_estimates(const TreeMasses& masses) {
  std::vector<double> estimates(interior_nodes(masses.alphabet, masses.horizon));
  visit_bottom_up(masses, false, [&] {
    return [&](const NodeView& node) {
      estimates[interior_nodes(masses.alphabet, node.depth) + node.index] = node.estimate;
    };
  });
  return estimates;
}

std::optional<std::uint64_t> find_lost_mass(const TreeMasses& masses) {
  std::mutex mutex;
  std::optional<std::uint64_t> lost;
  visit_bottom_up(masses, false, [&] {
    return [&](const NodeView& node) {
      if (node.depth == 0 || node.exact <= 0 || node.estimate > 0) return;
      const std::uint64_t number = interior_nodes(masses.alphabet, node.depth) + node.index;
      const std::scoped_lock lock(mutex);
      if (!lost || number < *lost) lost = number;
    };
  });
  return lost;
}

double actual_kappa(const TreeMasses& masses) {
  double kappa = 1;
  std::mutex mutex;
  visit_bottom_up(masses, false, [&] { return KappaVisitor(mutex, kappa); });
  return kappa;
}

}  // namespace wend
