#include "host/instances/knapsack/compile.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "host/oracles/row_compiler.hpp"

namespace wend {
namespace {

// Estimates at a node and at its children on one scale, all that have mass being positive.
struct NodeMasses {
  double parent;  // the node's own
  std::array<double, 2> children;
};

// At exponent difference low + entry.
NodeMasses masses_at(const RoundedSum& sum, std::uint32_t entry, double log_q, double log_value) {
  const double log_own = sum.rise(entry) * log_q;
  const double log_with = log_value - (static_cast<double>(sum.low()) + entry) * log_q;
  const double scale = std::max({0.0, log_own, log_with});
  const auto positive = [scale](double log_mass) {
    return std::max(std::exp(log_mass - scale), std::numeric_limits<double>::min());
  };
  return {positive(log_own), {positive(0.0), positive(log_with)}};
}

// Writes the rows of law number `law`.
class LawWriter {
 public:
  LawWriter(RowTable& rows, kernels::Walk walk)
      : rows_(rows), node_rows_(kernels::rows_per_node(walk)), compiler_(2, walk) {}

  /// `largest_ratio`: M, the largest S/w among the laws that thin each other, or 0 without
  /// thinning.
  void write(std::uint64_t law, const NodeMasses& masses, double largest_ratio) {
    const double below = masses.children[0] + masses.children[1];
    double kept = 1.0;
    if (largest_ratio > 0 && masses.parent > 0) kept = below / (largest_ratio * masses.parent);
    // At the largest ratio itself nothing is rejected, whatever double leaves there.
    if (kept > 1.0 - 1e-12) kept = 1.0;
    compiler_.compile(masses.parent, masses.children, std::array{kept, kept},
                      rows_.rows_from(law * node_rows_, node_rows_));
  }

 private:
  RowTable& rows_;
  std::uint32_t node_rows_;
  RowCompiler compiler_;
};

double largest_ratio(const RoundedSum& sum, double log_q, double log_value) {
  double largest = 1.0;  // of the nodes whose item does not fit
  for (std::uint32_t entry = 0; entry <= sum.span(); ++entry) {
    const NodeMasses masses = masses_at(sum, entry, log_q, log_value);
    largest = std::max(largest, (masses.children[0] + masses.children[1]) / masses.parent);
  }
  return largest;
}

// The root has no parent and rejects nothing; the rest of its law is that of its item's row.
NodeMasses root_masses(const RoundedKnapsack& counter, const kernels::KnapsackView& view) {
  const KnapsackProblem& problem = counter.problem();
  const kernels::KnapsackItem& item = counter.items().front();
  if (item.weight > problem.capacity) return {0.0, {1.0, 0.0}};
  const RoundedSum sum(counter.log_q(), problem.log_values.front());
  const std::uint32_t entry = view.row(item, problem.capacity) - item.row_begin;
  NodeMasses masses = masses_at(sum, entry, counter.log_q(), problem.log_values.front());
  masses.parent = 0.0;
  return masses;
}

}  // namespace

KnapsackOracle compile_knapsack_oracle(const RoundedKnapsack& counter, kernels::Walk walk,
                                       Correction correction) {
  const KnapsackProblem& problem = counter.problem();
  KnapsackOracle oracle;
  oracle.horizon = problem.items();
  oracle.capacity = problem.capacity;
  oracle.counts = counter.tables();
  oracle.items = TableMemory<kernels::KnapsackItem>(problem.items());
  std::ranges::copy(counter.items(), oracle.items.data());
  oracle.rows = RowTable(2, counter.rows() * kernels::rows_per_node(walk));

  const bool reject = kernels::restarts(walk) && correction == Correction::kReject;
  LawWriter writer(oracle.rows, walk);
  writer.write(oracle.root_row, root_masses(counter, make_knapsack_view(oracle)), 0.0);
  std::uint32_t written = 1;
  for (std::uint32_t i = 0; i < problem.items(); ++i) {
    const kernels::KnapsackItem& item = counter.items()[i];
    if (item.row_begin < written) continue;  // an earlier item of the same value has the same rows
    const double log_value = problem.log_values[i];
    const RoundedSum sum(counter.log_q(), log_value);
    const double ratio = reject ? largest_ratio(sum, counter.log_q(), log_value) : 0.0;
    for (std::uint32_t entry = 0; entry <= sum.span(); ++entry)
      writer.write(item.row_begin + entry, masses_at(sum, entry, counter.log_q(), log_value),
                   ratio);
    writer.write(item.row_begin + sum.span() + 1, {1.0, {1.0, 0.0}}, ratio);
    written = item.row_begin + sum.span() + 2;
  }
  return oracle;
}

}  // namespace wend
