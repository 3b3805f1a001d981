#include "host/instances/tree/instance.hpp"

#include <fmt/format.h>

#include <cmath>

#include "host/instances/tree/bounds.hpp"
#include "host/instances/tree/model.hpp"
#include "host/oracles/walk_of.hpp"

namespace wend {

TreeInstance::TreeInstance(InstanceFacts facts, TreeValues leaf_mass,
                           std::optional<TreeValues> node_estimates, const EstimateSpec& estimate)
    : facts_(std::move(facts)),
      leaf_mass_(std::move(leaf_mass)),
      node_estimates_(std::move(node_estimates)),
      scale_(mass_scale(leaf_mass_)) {
  masses_.alphabet = facts_.alphabet;
  masses_.horizon = facts_.horizon;
  masses_.leaf_mass = [this](std::uint64_t leaf) { return leaf_mass_.at(leaf) * scale_; };
  if (node_estimates_)
    masses_.estimate = [this](std::uint32_t depth, std::uint64_t index, double) {
      return node_estimates_->at(interior_nodes(facts_.alphabet, depth) + index) * scale_;
    };
  else
    masses_.estimate = tree_estimate(estimate);
}

std::uint64_t TreeInstance::table_bytes(kernels::Walk walk) const {
  return (interior_nodes(facts_.alphabet, facts_.horizon) + 1) * kernels::rows_per_node(walk) *
         RowTable::words_per_row(facts_.alphabet) * sizeof(std::uint32_t);
}

std::uint64_t TreeInstance::working_bytes() const {
  return leaf_mass_.bytes() + (node_estimates_ ? node_estimates_->bytes() : 0) +
         sweep_bytes(facts_.alphabet, facts_.horizon);
}

Oracle TreeInstance::compile(kernels::Walk walk, Correction correction) const {
  const bool weighted = kernels::restarts(walk) && correction == Correction::kWeight;
  // Beside what is there already: masses and estimates.
  check_memory(
      table_bytes(walk) + sweep_bytes(facts_.alphabet, facts_.horizon) +
          (weighted ? interior_nodes(facts_.alphabet, facts_.horizon) * sizeof(double) : 0),
      fmt::format("{}: horizon: the table of {}", facts_.path, to_string(algorithm_of(walk))));
  return compile_tree_oracle(masses_, walk, correction);
}

std::shared_ptr<BatchOracle> TreeInstance::model(kernels::Walk walk, Correction correction) const {
  check_memory(sweep_bytes(facts_.alphabet, facts_.horizon) +
                   2 * interior_nodes(facts_.alphabet, facts_.horizon) * sizeof(double),
               fmt::format("{}: horizon: its estimates", facts_.path));
  return make_tree_model(masses_, walk, correction);
}

double TreeInstance::log_mass(const std::uint32_t* symbols) const {
  return std::log(leaf_mass_.at(leaf_of(symbols)));
}

double TreeInstance::log_weight(const std::uint32_t* symbols) const {
  find_estimates();
  double weight = log_mass(symbols);
  if (std::isinf(weight)) return weight;  // no mass
  std::uint64_t index = 0;
  for (std::uint32_t h = 0; h < facts_.horizon; ++h) {
    double sum = 0;
    for (std::uint32_t c = 0; c < facts_.alphabet; ++c)
      sum += child_estimate(h, index * facts_.alphabet + c);
    index = index * facts_.alphabet + symbols[h];
    weight += std::log(sum / child_estimate(h, index));
  }
  return weight;
}

std::optional<double> TreeInstance::log_estimate(const std::uint32_t* symbols,
                                                 std::uint32_t depth) const {
  find_estimates();
  std::uint64_t index = 0;
  for (std::uint32_t h = 0; h < depth; ++h) index = index * facts_.alphabet + symbols[h];
  return std::log(child_estimate(depth - 1, index) / estimates_[0]);  // the root's is exact
}

double TreeInstance::log_root_sum() const {
  check_memory(sweep_bytes(facts_.alphabet, facts_.horizon), facts_.path + ": horizon: its masses");
  return std::log(root_sum(masses_)) - std::log(scale_);
}

std::optional<std::pair<double, std::string>> TreeInstance::measured_kappa() const {
  check_memory(sweep_bytes(facts_.alphabet, facts_.horizon), facts_.path + ": horizon: kappa");
  return std::pair(estimate_errors(masses_).kappa(), std::string("over all nodes"));
}

WalkBounds TreeInstance::walk_bounds() const {
  check_memory(sweep_bytes(facts_.alphabet, facts_.horizon), facts_.path + ": horizon: bounds");
  return wend::walk_bounds(masses_);
}

std::uint64_t TreeInstance::leaf_of(const std::uint32_t* symbols) const {
  std::uint64_t leaf = 0;
  for (std::uint32_t h = 0; h < facts_.horizon; ++h) leaf = leaf * facts_.alphabet + symbols[h];
  return leaf;
}

void TreeInstance::find_estimates() const {
  std::call_once(estimates_once_, [this] { estimates_ = interior_estimates(masses_); });
}

double TreeInstance::child_estimate(std::uint32_t parent_depth, std::uint64_t index) const {
  if (parent_depth + 1 == facts_.horizon) return masses_.leaf_mass(index);
  return estimates_[interior_nodes(facts_.alphabet, parent_depth + 1) + index];
}

}  // namespace wend
