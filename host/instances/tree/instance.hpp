#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "host/files/json_reader.hpp"
#include "host/instances/instance.hpp"
#include "host/instances/tree/masses.hpp"
#include "host/instances/tree/values.hpp"

namespace wend {

/// A complete tree whose leaf masses are listed.
class TreeInstance : public Instance {
 public:
  /// A^H leaf masses that refuse_masses() lets pass. `node_estimates`, of an estimate "file" alone:
  /// the w of all nodes, breadth-first.
  TreeInstance(InstanceFacts facts, TreeValues leaf_mass, std::optional<TreeValues> node_estimates,
               const EstimateSpec& estimate);

  [[nodiscard]] const InstanceFacts& facts() const override { return facts_; }
  [[nodiscard]] InstanceFacts& mutable_facts() { return facts_; }
  [[nodiscard]] const TreeValues& leaf_mass_values() const { return leaf_mass_; }
  [[nodiscard]] const TreeMasses& masses() const { return masses_; }
  [[nodiscard]] const std::optional<TreeValues>& node_estimates() const { return node_estimates_; }

  [[nodiscard]] std::uint64_t table_bytes(kernels::Walk walk) const override;
  [[nodiscard]] std::uint64_t working_bytes() const override;
  [[nodiscard]] Oracle compile(kernels::Walk walk, Correction correction) const override;
  [[nodiscard]] std::shared_ptr<BatchOracle> model(kernels::Walk walk,
                                                   Correction correction) const override;
  [[nodiscard]] double log_mass(const std::uint32_t* symbols) const override;
  [[nodiscard]] double log_weight(const std::uint32_t* symbols) const override;
  [[nodiscard]] std::optional<double> log_estimate(const std::uint32_t* symbols,
                                                   std::uint32_t depth) const override;
  [[nodiscard]] WalkBounds walk_bounds() const override;
  [[nodiscard]] double log_root_sum() const override;
  [[nodiscard]] std::optional<std::pair<double, std::string>> measured_kappa() const override;

 private:
  [[nodiscard]] std::uint64_t leaf_of(const std::uint32_t* symbols) const;
  void find_estimates() const;
  /// w of node `index` of depth `parent_depth` + 1.
  [[nodiscard]] double child_estimate(std::uint32_t parent_depth, std::uint64_t index) const;

  InstanceFacts facts_;
  TreeValues leaf_mass_;
  std::optional<TreeValues> node_estimates_;
  double scale_;  ///< of the masses that rows are compiled from; rows do not depend on it
  TreeMasses masses_;
  mutable std::once_flag estimates_once_;
  mutable std::vector<double> estimates_;  ///< of interior nodes, once they are needed
};

/// Reads the keys of an instance of kind "tree": alphabet, horizon, leaf_mass (array, or path of
/// an .npy of A^H values, first symbol most significant), estimate (exact, noise, file: the w of
/// all nodes, breadth-first). O(A^H): masses are checked.
std::unique_ptr<Instance> load_tree(const JsonReader& json);

}  // namespace wend
