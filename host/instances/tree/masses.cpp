#include "host/instances/tree/masses.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>
#include <span>
#include <type_traits>
#include <utility>

#include "host/instances/tree/acceptance.hpp"
#include "host/instances/tree/sweep.hpp"
#include "host/oracles/row_compiler.hpp"
#include "kernels/walk/rule.hpp"

namespace wend {
namespace {

// Compiles the rows of the nodes that it is shown.
class NodeCompiler {
 public:
  NodeCompiler(const TreeMasses& masses, kernels::Walk walk, RowTable& rows)
      : alphabet_(masses.alphabet),
        node_rows_(kernels::rows_per_node(walk)),
        rows_(rows),
        compiler_(masses.alphabet, walk),
        kept_(masses.alphabet) {}

  template <class Value>
  void operator()(const NodeView<Value>& node) {
    const std::uint64_t number = 1 + interior_nodes(alphabet_, node.depth) + node.index;
    std::span<const double> kept;
    if constexpr (std::is_same_v<Value, AcceptanceFold::Value>) kept = kept_of(node);
    compiler_.compile(node.depth == 0 ? 0 : node.estimate, node.children, kept,
                      rows_.rows_from(number * node_rows_, node_rows_));
  }

 private:
  std::span<const double> kept_of(const NodeView<AcceptanceFold::Value>& node) {
    keep_shares(node.children, node.values, kept_);
    return kept_;
  }

  std::uint32_t alphabet_;
  std::uint32_t node_rows_;
  RowTable& rows_;
  RowCompiler compiler_;
  std::vector<double> kept_;
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
  constexpr std::uint64_t kNodeBytes = 5 * sizeof(double);
  constexpr std::uint64_t kThreads = 8;  // that it says the same everywhere
  const std::uint32_t top = subtree_depth(alphabet, horizon);
  const std::uint64_t roots = leaves(alphabet, top);
  const std::uint64_t lowest = top + 1 < horizon ? leaves(alphabet, horizon - top - 1) : 0;
  return kNodeBytes *
         (roots + roots / alphabet + std::min(kThreads, roots) * (lowest + lowest / alphabet));
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
  const auto compiler = [&] { return NodeCompiler(masses, walk, oracle.rows); };
  if (reject)
    visit_bottom_up<AcceptanceFold>(masses, compiler);
  else
    visit_bottom_up<NoFold>(masses, compiler);
  return oracle;
}

std::vector<double> interior_estimates(const TreeMasses& masses) {
  std::vector<double> estimates(interior_nodes(masses.alphabet, masses.horizon));
  visit_bottom_up<NoFold>(masses, [&] {
    return [&](const NodeView<NoFold::Value>& node) {
      estimates[interior_nodes(masses.alphabet, node.depth) + node.index] = node.estimate;
    };
  });
  return estimates;
}

double root_sum(const TreeMasses& masses) {
  double sum = 0;
  visit_bottom_up<NoFold>(masses, [&] {
    return [&](const NodeView<NoFold::Value>& node) {
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
  visit_bottom_up<NoFold>(masses, [&] {
    return [&](const NodeView<NoFold::Value>& node) {
      if (node.depth == 0 || node.exact <= 0 || node.estimate > 0) return;
      const std::uint64_t number = interior_nodes(masses.alphabet, node.depth) + node.index;
      const std::scoped_lock lock(mutex);
      if (!lost || number < *lost) lost = number;
    };
  });
  return lost;
}

}  // namespace wend
