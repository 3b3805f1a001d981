#include "host/instances/knapsack/compile.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include "host/oracles/row_compiler.hpp"
#include "host/oracles/table_model.hpp"

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

// Of an item that does not fit.
constexpr NodeMasses kNoRoom = {1.0, {1.0, 0.0}};

// What is kept of a proposal. `largest_ratio`: M, the largest S/w among the laws that thin each
// other, or 0 without thinning.
double kept_share(const NodeMasses& masses, double largest_ratio) {
  const double below = masses.children[0] + masses.children[1];
  double kept = 1.0;
  if (largest_ratio > 0 && masses.parent > 0) kept = below / (largest_ratio * masses.parent);
  // At the largest ratio itself nothing is rejected, whatever double leaves there.
  return kept > 1.0 - 1e-12 ? 1.0 : kept;
}

// Writes the rows of law number `law`.
class LawWriter {
 public:
  LawWriter(RowTable& rows, kernels::Walk walk)
      : rows_(rows), node_rows_(kernels::rows_per_node(walk)), compiler_(2, walk) {}

  void write(std::uint64_t law, const NodeMasses& masses, double largest_ratio) {
    const double kept = kept_share(masses, largest_ratio);
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

class RoundedKnapsackModel final : public TableModel {
 public:
  RoundedKnapsackModel(const RoundedKnapsack& counter, bool thinned)
      : TableModel(2, counter.problem().items(), "knapsack", thinned),
        counter_(counter),
        oracle_(
            compile_knapsack_oracle(counter, kernels::Walk::kJerrumSinclair, Correction::kNone)),
        view_(make_knapsack_view(oracle_)),
        root_(root_masses(counter, view_)) {
    const KnapsackProblem& problem = counter.problem();
    for (std::uint32_t i = 0; i < problem.items(); ++i) {
      sums_.emplace_back(counter.log_q(), problem.log_values[i]);
      ratios_.push_back(
          thinned ? largest_ratio(sums_.back(), counter.log_q(), problem.log_values[i]) : 0.0);
    }
  }

 protected:
  double masses(std::span<const std::uint32_t> prefix, std::span<double> children,
                std::span<double> kept) override {
    const std::size_t depth = prefix.size();
    std::uint64_t remaining = counter_.problem().capacity;
    for (std::size_t i = 0; i < depth; ++i)
      if (prefix[i] != 0) remaining -= counter_.items()[i].weight;
    const NodeMasses node = depth == 0 ? root_ : node_masses(depth, remaining);
    std::ranges::copy(node.children, children.begin());
    std::ranges::fill(kept, kept_share(node, depth == 0 ? 0.0 : ratios_[depth]));
    return node.parent;
  }

 private:
  [[nodiscard]] NodeMasses node_masses(std::size_t depth, std::uint64_t remaining) const {
    const kernels::KnapsackItem& item = counter_.items()[depth];
    if (item.weight > remaining) return kNoRoom;
    const std::uint32_t entry = view_.row(item, remaining) - item.row_begin;
    if (entry > sums_[depth].span()) return kNoRoom;  // so little is taken that it has no row
    return masses_at(sums_[depth], entry, counter_.log_q(), counter_.problem().log_values[depth]);
  }

  const RoundedKnapsack& counter_;
  KnapsackOracle oracle_;
  kernels::KnapsackView view_;
  NodeMasses root_;
  std::vector<RoundedSum> sums_;
  std::vector<double> ratios_;
};

}  // namespace

std::shared_ptr<BatchOracle> make_knapsack_model(const RoundedKnapsack& counter, kernels::Walk walk,
                                                 Correction correction) {
  return std::make_shared<RoundedKnapsackModel>(
      counter, kernels::restarts(walk) && correction == Correction::kReject);
}

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
    writer.write(item.row_begin + sum.span() + 1, kNoRoom, ratio);
    written = item.row_begin + sum.span() + 2;
  }
  return oracle;
}

}  // namespace wend
