#include "host/instances/tree/masses.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>

#include "host/base/parallel.hpp"
#include "host/oracles/row_compiler.hpp"
#include "kernels/walk/rule.hpp"

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
    const bool children_are_leaves = h + 1 == masses.horizon;
    level.resize(nodes, with_acceptance);
    parallel_blocks(nodes, kGrain, 0, [&](std::uint64_t first, std::uint64_t last) {
      auto visitor = make_visitor();
      std::vector<double> leaf_masses(alphabet);
      const std::vector<double> leaf_acceptance(with_acceptance ? alphabet : 0, 0.0);
      for (std::uint64_t i = first; i < last; ++i) {
        std::span<const double> children = leaf_masses;
        std::span<const double> acceptance = leaf_acceptance;
        // Summed as the rule sums: exact estimates are then the sums of their children to the bit.
        double exact = 0;
        if (children_are_leaves) {
          for (std::uint32_t c = 0; c < alphabet; ++c)
            leaf_masses[c] = masses.leaf_mass(i * alphabet + c);
          exact = kernels::ordered_sum(alphabet, [&](std::uint32_t c) { return leaf_masses[c]; });
        } else {
          children = std::span(below.estimate).subspan(i * alphabet, alphabet);
          if (with_acceptance)
            acceptance = std::span(below.log_acceptance).subspan(i * alphabet, alphabet);
          exact = kernels::ordered_sum(
              alphabet, [&](std::uint32_t c) { return below.exact[i * alphabet + c]; });
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

// Compiles the rows of the nodes that it is shown.
class NodeCompiler {
 public:
  NodeCompiler(const TreeMasses& masses, kernels::Walk walk, RowTable& rows)
      : alphabet_(masses.alphabet),
        node_rows_(kernels::rows_per_node(walk)),
        rows_(rows),
        compiler_(masses.alphabet, walk),
        kept_(masses.alphabet) {}

  void operator()(const NodeView& node) {
    const std::uint64_t number = 1 + interior_nodes(alphabet_, node.depth) + node.index;
    compiler_.compile(node.depth == 0 ? 0 : node.estimate, node.children, kept(node),
                      rows_.rows_from(number * node_rows_, node_rows_));
  }

 private:
  // exp( acceptance - the largest of the children that can be reached ).
  std::span<const double> kept(const NodeView& node) {
    if (node.log_acceptance.empty()) return {};
    double largest = -std::numeric_limits<double>::infinity();
    for (std::uint32_t c = 0; c < alphabet_; ++c)
      if (node.children[c] > 0) largest = std::max(largest, node.log_acceptance[c]);
    for (std::uint32_t c = 0; c < alphabet_; ++c)
      kept_[c] = node.children[c] > 0 && std::isfinite(largest)
                     ? std::exp(node.log_acceptance[c] - largest)
                     : 0.0;
    return kept_;
  }

  std::uint32_t alphabet_;
  std::uint32_t node_rows_;
  RowTable& rows_;
  RowCompiler compiler_;
  std::vector<double> kept_;
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

TreeOracle compile_tree_oracle(const TreeMasses& masses, kernels::Walk walk,
                               Correction correction) {
  number_tree(masses.alphabet, masses.horizon);  // refuses what cannot be numbered
  TreeOracle oracle;
  oracle.alphabet = masses.alphabet;
  oracle.horizon = masses.horizon;
  // Nodes are numbered from 1; number 0 is the leaves' row, "always up".
  const std::uint32_t node_rows = kernels::rows_per_node(walk);
  oracle.rows =
      RowTable(masses.alphabet, (interior_nodes(masses.alphabet, masses.horizon) + 1) * node_rows);
  RowCompiler(masses.alphabet, walk)
      .compile(1.0, std::vector<double>(masses.alphabet, 0.0), oracle.rows.rows_from(0, node_rows));
  const bool reject = kernels::restarts(walk) && correction == Correction::kReject;
  visit_bottom_up(masses, reject, [&] { return NodeCompiler(masses, walk, oracle.rows); });
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

double root_sum(const TreeMasses& masses) {
  double sum = 0;
  visit_bottom_up(masses, false, [&] {
    return [&](const NodeView& node) {
      if (node.depth > 0) return;
      sum =
          kernels::ordered_sum(masses.alphabet, [&](std::uint32_t c) { return node.children[c]; });
    };
  });
  return sum;
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
