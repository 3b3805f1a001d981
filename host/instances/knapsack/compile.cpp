#include "host/instances/knapsack/compile.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include "host/instances/knapsack/capacity_buckets.hpp"
#include "host/oracles/row_compiler.hpp"
#include "host/oracles/table_model.hpp"

namespace wend {
namespace {

// Estimates at a node and at its children on one scale, all that have mass being positive.
struct NodeMasses {
  double parent;  // the node's own
  std::array<double, 2> children;
};

// At exponent difference low + entry. `log_tilt`: of a node over its children.
NodeMasses masses_at(const RoundedSum& sum, std::uint32_t entry, double log_q, double log_value,
                     double log_tilt) {
  const double log_own = sum.rise(entry) * log_q + log_tilt;
  const double log_with = log_value - (static_cast<double>(sum.low()) + entry) * log_q;
  const double scale = std::max({0.0, log_own, log_with});
  const auto positive = [scale](double log_mass) {
    return std::max(std::exp(log_mass - scale), std::numeric_limits<double>::min());
  };
  return {positive(log_own), {positive(0.0), positive(log_with)}};
}

// Of an item that does not fit.
NodeMasses no_room(double log_tilt) {
  // On the scale of the larger of both.
  return log_tilt < 0 ? NodeMasses{std::exp(log_tilt), {1.0, 0.0}}
                      : NodeMasses{1.0, {std::exp(-log_tilt), 0.0}};
}

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
    const NodeMasses masses = masses_at(sum, entry, log_q, log_value, 0);
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
  NodeMasses masses = masses_at(sum, entry, counter.log_q(), problem.log_values.front(), 0);
  masses.parent = 0.0;
  return masses;
}

class RoundedKnapsackModel final : public TableModel {
 public:
  RoundedKnapsackModel(const RoundedKnapsack& counter, bool thinned, double log_tilt)
      : TableModel(2, counter.problem().items(), "knapsack", thinned, CapacityBuckets::kCount,
                   "remaining capacity"),
        counter_(counter),
        log_tilt_(log_tilt),
        oracle_(
            compile_knapsack_oracle(counter, kernels::Walk::kJerrumSinclair, Correction::kNone)),
        view_(make_knapsack_view(oracle_)),
        root_(root_masses(counter, view_)),
        buckets_(counter.problem()) {
    const KnapsackProblem& problem = counter.problem();
    for (std::uint32_t i = 0; i < problem.items(); ++i) {
      sums_.emplace_back(counter.log_q(), problem.log_values[i]);
      ratios_.push_back(
          thinned ? largest_ratio(sums_.back(), counter.log_q(), problem.log_values[i]) : 0.0);
    }
  }

  [[nodiscard]] std::vector<double> bucket_features() const override {
    return CapacityBuckets::features();
  }

 protected:
  double masses(std::span<const std::uint32_t> prefix, std::span<double> children,
                std::span<double> kept) override {
    const std::size_t depth = prefix.size();
    const std::uint64_t remaining = remaining_after(prefix);
    const NodeMasses node = depth == 0 ? root_ : node_masses(depth, remaining);
    std::ranges::copy(node.children, children.begin());
    std::ranges::fill(kept, kept_share(node, depth == 0 ? 0.0 : ratios_[depth]));
    return node.parent;
  }

  std::uint32_t buckets(std::span<const std::uint32_t> prefix,
                        std::span<std::uint32_t> children) override {
    const auto depth = static_cast<std::uint32_t>(prefix.size());
    const std::uint64_t remaining = remaining_after(prefix);
    const std::uint64_t weight = counter_.items()[depth].weight;
    children[0] = buckets_.of(depth + 1, remaining);
    children[1] = weight <= remaining ? buckets_.of(depth + 1, remaining - weight) : 0;
    return buckets_.of(depth, remaining);
  }

 private:
  [[nodiscard]] std::uint64_t remaining_after(std::span<const std::uint32_t> prefix) const {
    std::uint64_t remaining = counter_.problem().capacity;
    for (std::size_t i = 0; i < prefix.size(); ++i)
      if (prefix[i] != 0) remaining -= counter_.items()[i].weight;
    return remaining;
  }
  [[nodiscard]] NodeMasses node_masses(std::size_t depth, std::uint64_t remaining) const {
    const kernels::KnapsackItem& item = counter_.items()[depth];
    if (item.weight > remaining) return no_room(log_tilt_);
    const std::uint32_t entry = view_.row(item, remaining) - item.row_begin;
    // So little is taken that it has no row.
    if (entry > sums_[depth].span()) return no_room(log_tilt_);
    return masses_at(sums_[depth], entry, counter_.log_q(), counter_.problem().log_values[depth],
                     log_tilt_);
  }

  const RoundedKnapsack& counter_;
  double log_tilt_;
  KnapsackOracle oracle_;
  kernels::KnapsackView view_;
  NodeMasses root_;
  std::vector<RoundedSum> sums_;
  std::vector<double> ratios_;
  CapacityBuckets buckets_;
};

}  // namespace

std::shared_ptr<BatchOracle> make_knapsack_model(const RoundedKnapsack& counter, kernels::Walk walk,
                                                 Correction correction, double log_tilt) {
  return std::make_shared<RoundedKnapsackModel>(
      counter, kernels::restarts(walk) && correction == Correction::kReject, log_tilt);
}

KnapsackOracle compile_knapsack_oracle(const RoundedKnapsack& counter, kernels::Walk walk,
                                       Correction correction, double log_tilt) {
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
      writer.write(item.row_begin + entry,
                   masses_at(sum, entry, counter.log_q(), log_value, log_tilt), ratio);
    writer.write(item.row_begin + sum.span() + 1, no_room(log_tilt), ratio);
    written = item.row_begin + sum.span() + 2;
  }
  return oracle;
}

}  // namespace wend
