#include "host/instances/knapsack/compile.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "host/oracles/row_outcomes.hpp"

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

class RowWriter {
 public:
  RowWriter(RowTable& rows, Algorithm algorithm, bool reject)
      : rows_(rows), algorithm_(algorithm), reject_(reject) {}

  /// `largest_ratio`: M, the largest S/w among the rows that thin each other.
  void write(std::uint64_t row, const NodeMasses& masses, double largest_ratio) {
    switch (algorithm_) {
      case Algorithm::kJerrumSinclair:
        jerrum_sinclair_outcomes(masses.parent, masses.children, outcomes_);
        rows_.set(row, outcomes_);
        break;
      case Algorithm::kLifted:
        for (const bool from_below : {false, true}) {
          lifted_outcomes(masses.parent, masses.children, from_below, outcomes_);
          rows_.set(2 * row + (from_below ? 1 : 0), outcomes_);
        }
        break;
      case Algorithm::kSequential: {
        const double below = masses.children[0] + masses.children[1];
        const double rejected = reject_ ? largest_ratio * masses.parent - below : 0.0;
        // At the largest ratio itself nothing is rejected, whatever double leaves there.
        outcomes_ = {rejected > 1e-12 * below ? rejected : 0.0, masses.children[0],
                     masses.children[1]};
        rows_.set(row, outcomes_);
        break;
      }
      case Algorithm::kClassElimination:
        break;  // has no rows
    }
  }

 private:
  RowTable& rows_;
  Algorithm algorithm_;
  bool reject_;
  std::array<double, 3> outcomes_{};
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

KnapsackOracle compile_knapsack_oracle(const RoundedKnapsack& counter, Algorithm algorithm,
                                       Correction correction) {
  const KnapsackProblem& problem = counter.problem();
  KnapsackOracle oracle;
  oracle.horizon = problem.items();
  oracle.capacity = problem.capacity;
  oracle.counts = counter.tables();
  oracle.items = TableMemory<kernels::KnapsackItem>(problem.items());
  std::ranges::copy(counter.items(), oracle.items.data());
  oracle.rows = RowTable(2, counter.rows() * rows_per_node(algorithm));

  const bool reject = algorithm == Algorithm::kSequential && correction == Correction::kReject;
  RowWriter writer(oracle.rows, algorithm, reject);
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
