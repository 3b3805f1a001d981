#include "host/instances/tree/instance.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <mutex>
#include <nlohmann/json.hpp>
#include <utility>

#include "host/base/parallel.hpp"
#include "host/files/digest.hpp"
#include "host/files/npy.hpp"
#include "host/instances/tree/masses.hpp"
#include "host/oracles/walk_of.hpp"

namespace wend {
namespace {

constexpr std::uint64_t kGrain = std::uint64_t{1} << 16U;
constexpr double kLeafTolerance = 1e-9;  // relative, between a leaf's w and its g

// Leaf masses, or all nodes' estimates: from an .npy file or from memory.
class Values {
 public:
  explicit Values(std::vector<double> values) : memory_(std::move(values)) {}
  explicit Values(NpyFile file) : file_(std::make_unique<NpyFile>(std::move(file))) {}

  [[nodiscard]] std::uint64_t count() const { return file_ ? file_->count() : memory_.size(); }
  [[nodiscard]] double at(std::uint64_t i) const { return file_ ? file_->at(i) : memory_[i]; }

 private:
  std::vector<double> memory_;
  std::unique_ptr<NpyFile> file_;
};

std::uint64_t checked_leaves(const JsonReader& json, std::uint32_t alphabet,
                             std::uint32_t horizon) {
  try {
    number_tree(alphabet, horizon);
  } catch (const Error& error) {
    json.refuse("horizon", error.what());
  }
  return leaves(alphabet, horizon);
}

Values read_values(const JsonReader& json, std::string_view key) {
  if (!json.at(key).is_string()) return Values(json.numbers(key));
  return Values(NpyFile(json.file(key), fmt::format("{}: {}", json.path().string(), key)));
}

// The first value that no mass can be, as a reason; empty if all are non-negative and finite.
std::string find_bad_mass(const Values& values) {
  std::atomic<std::uint64_t> bad = std::numeric_limits<std::uint64_t>::max();
  parallel_blocks(values.count(), kGrain, 0, [&](std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t i = first; i < last; ++i) {
      const double value = values.at(i);
      if (value >= 0 && std::isfinite(value)) continue;
      std::uint64_t known = bad;
      while (i < known && !bad.compare_exchange_weak(known, i)) {
      }
      return;
    }
  });
  if (bad == std::numeric_limits<std::uint64_t>::max()) return "";
  return fmt::format("value {} is {}; masses must be finite and not negative", bad.load(),
                     values.at(bad));
}

double sum_masses(const Values& values) {
  std::mutex mutex;
  double total = 0;
  parallel_blocks(values.count(), kGrain, 0, [&](std::uint64_t first, std::uint64_t last) {
    double sum = 0;
    for (std::uint64_t i = first; i < last; ++i) sum += values.at(i);
    const std::scoped_lock lock(mutex);
    total += sum;
  });
  return total;
}

// The reason to refuse leaf masses, or empty.
std::string refuse_masses(const Values& values) {
  if (std::string reason = find_bad_mass(values); !reason.empty()) return reason;
  const double total = sum_masses(values);
  if (total <= 0) return "all masses are zero";
  if (std::isinf(total)) return "the masses sum to more than a double holds";
  return "";
}

// A power of two that brings the sum of all masses close to 1, so that no kappa takes estimates
// out of the doubles.
double mass_scale(const Values& leaf_mass) {
  return std::ldexp(1.0, std::min(-std::ilogb(sum_masses(leaf_mass)), 1023));
}

class TreeInstance : public Instance {
 public:
  TreeInstance(InstanceFacts facts, Values leaf_mass, std::optional<Values> node_estimates,
               const EstimateSpec& estimate)
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

  [[nodiscard]] const InstanceFacts& facts() const override { return facts_; }
  [[nodiscard]] InstanceFacts& mutable_facts() { return facts_; }
  [[nodiscard]] const Values& leaf_mass_values() const { return leaf_mass_; }
  [[nodiscard]] const TreeMasses& masses() const { return masses_; }
  [[nodiscard]] const std::optional<Values>& node_estimates() const { return node_estimates_; }

  [[nodiscard]] std::uint64_t table_bytes(kernels::Walk walk) const override {
    return (interior_nodes(facts_.alphabet, facts_.horizon) + 1) * kernels::rows_per_node(walk) *
           RowTable::words_per_row(facts_.alphabet) * sizeof(std::uint32_t);
  }

  [[nodiscard]] Oracle compile(kernels::Walk walk, Correction correction) const override {
    const bool weighted = kernels::restarts(walk) && correction == Correction::kWeight;
    check_memory(
        table_bytes(walk) + sweep_bytes(facts_.alphabet, facts_.horizon) +
            (weighted ? interior_nodes(facts_.alphabet, facts_.horizon) * sizeof(double) : 0),
        fmt::format("{}: horizon: the table of {}", facts_.path, to_string(algorithm_of(walk))));
    return compile_tree_oracle(masses_, walk, correction);
  }

  [[nodiscard]] double log_mass(const std::uint16_t* symbols) const override {
    return std::log(leaf_mass_.at(leaf_of(symbols)));
  }

  [[nodiscard]] double log_weight(const std::uint16_t* symbols) const override {
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

  [[nodiscard]] std::optional<double> log_estimate(const std::uint16_t* symbols,
                                                   std::uint32_t depth) const override {
    find_estimates();
    std::uint64_t index = 0;
    for (std::uint32_t h = 0; h < depth; ++h) index = index * facts_.alphabet + symbols[h];
    return std::log(child_estimate(depth - 1, index) / estimates_[0]);  // the root's is exact
  }

  [[nodiscard]] std::optional<std::pair<double, std::string>> measured_kappa() const override {
    check_memory(sweep_bytes(facts_.alphabet, facts_.horizon), facts_.path + ": horizon: kappa");
    return std::pair(actual_kappa(masses_), std::string("over all nodes"));
  }

 private:
  [[nodiscard]] std::uint64_t leaf_of(const std::uint16_t* symbols) const {
    std::uint64_t leaf = 0;
    for (std::uint32_t h = 0; h < facts_.horizon; ++h) leaf = leaf * facts_.alphabet + symbols[h];
    return leaf;
  }

  void find_estimates() const {
    std::call_once(estimates_once_, [this] { estimates_ = interior_estimates(masses_); });
  }

  // w of node `index` of depth `parent_depth` + 1.
  [[nodiscard]] double child_estimate(std::uint32_t parent_depth, std::uint64_t index) const {
    if (parent_depth + 1 == facts_.horizon) return masses_.leaf_mass(index);
    return estimates_[interior_nodes(facts_.alphabet, parent_depth + 1) + index];
  }

  InstanceFacts facts_;
  Values leaf_mass_;
  std::optional<Values> node_estimates_;
  double scale_;  // of the masses that rows are compiled from; rows do not depend on it
  TreeMasses masses_;
  mutable std::once_flag estimates_once_;
  mutable std::vector<double> estimates_;  // of interior nodes, once they are needed
};

InstanceFacts tree_facts(std::uint32_t alphabet, std::uint32_t horizon,
                         const EstimateSpec& estimate) {
  InstanceFacts facts;
  facts.kind = "tree";
  facts.alphabet = alphabet;
  facts.horizon = horizon;
  facts.details.emplace_back("leaves", std::to_string(leaves(alphabet, horizon)));
  facts.details.emplace_back("interior nodes", std::to_string(interior_nodes(alphabet, horizon)));
  if (estimate.kind == EstimateSpec::Kind::kExact) {
    facts.estimate = "exact";
    facts.kappa = 1.0;
    facts.kappa_why = "the estimate is exact";
  } else if (estimate.kind == EstimateSpec::Kind::kNoise) {
    facts.estimate = "noise";
    facts.kappa = estimate.kappa;
    facts.kappa_why = "the noise stays within it";
  } else {
    facts.estimate = "file";
  }
  return facts;
}

// Checks a "file" estimate against the leaves and finds its kappa.
void check_node_estimates(const JsonReader& json, double stated_kappa, TreeInstance& tree) {
  const Values& estimates = *tree.node_estimates();
  const Values& leaf_mass = tree.leaf_mass_values();
  const TreeMasses& masses = tree.masses();
  const std::string key = "estimate.path";
  const std::uint64_t interior = interior_nodes(masses.alphabet, masses.horizon);
  const std::uint64_t leaf_count = leaves(masses.alphabet, masses.horizon);
  if (estimates.count() != interior + leaf_count)
    json.refuse(key, fmt::format("has {} values; all nodes of the tree are {}", estimates.count(),
                                 interior + leaf_count));
  if (const std::string reason = find_bad_mass(estimates); !reason.empty())
    json.refuse(key, reason);
  for (std::uint64_t leaf = 0; leaf < leaf_count; ++leaf) {
    const double mass = leaf_mass.at(leaf);
    if (std::abs(estimates.at(interior + leaf) - mass) > kLeafTolerance * mass)
      json.refuse(key, fmt::format("value {} is {}, but leaf {} has mass {}: an estimate must be "
                                   "exact at leaves",
                                   interior + leaf, estimates.at(interior + leaf), leaf, mass));
  }
  check_memory(sweep_bytes(masses.alphabet, masses.horizon),
               json.path().string() + ": horizon: the check of the estimates");
  if (const std::optional<std::uint64_t> lost = find_lost_mass(masses))
    json.refuse(key, fmt::format("value {} is 0, but leaves below that node have mass and could "
                                 "not be reached",
                                 *lost));
  const double kappa = actual_kappa(masses);
  if (stated_kappa > 0 && stated_kappa < kappa)
    json.refuse("estimate.kappa",
                fmt::format("is {}, but the values are off by up to {}", stated_kappa, kappa));
  if (std::isinf(kappa)) {
    tree.mutable_facts().kappa_why = "the estimate gives mass to nodes that have none";
    return;
  }
  tree.mutable_facts().kappa = kappa;
  tree.mutable_facts().kappa_why = "measured over all nodes";
}

}  // namespace

std::unique_ptr<Instance> load_tree(const JsonReader& json) {
  json.allow_only({"wend", "kind", "alphabet", "horizon", "leaf_mass", "estimate"});
  const auto alphabet = static_cast<std::uint32_t>(json.integer("alphabet", 2, 65535));
  const auto horizon = static_cast<std::uint32_t>(json.integer("horizon", 1, 65535));
  const std::uint64_t leaf_count = checked_leaves(json, alphabet, horizon);
  using Kind = EstimateSpec::Kind;
  const EstimateSpec estimate = json.estimate({Kind::kExact, Kind::kNoise, Kind::kFile});

  Values leaf_mass = read_values(json, "leaf_mass");
  if (leaf_mass.count() != leaf_count)
    json.refuse("leaf_mass", fmt::format("has {} values; {}^{} = {} are needed", leaf_mass.count(),
                                         alphabet, horizon, leaf_count));
  if (const std::string reason = refuse_masses(leaf_mass); !reason.empty())
    json.refuse("leaf_mass", reason);

  std::optional<Values> node_estimates;
  if (estimate.kind == Kind::kFile)
    node_estimates =
        Values(NpyFile(estimate.file, fmt::format("{}: estimate.path", json.path().string())));
  InstanceFacts facts = tree_facts(alphabet, horizon, estimate);
  facts.path = json.path().string();
  std::vector<std::filesystem::path> files = {json.path()};
  if (json.at("leaf_mass").is_string()) files.push_back(json.file("leaf_mass"));
  if (estimate.kind == Kind::kFile) files.push_back(estimate.file);
  facts.digest = digest_files(files);
  auto tree = std::make_unique<TreeInstance>(std::move(facts), std::move(leaf_mass),
                                             std::move(node_estimates), estimate);
  if (estimate.kind == Kind::kFile) check_node_estimates(json, estimate.kappa, *tree);
  return tree;
}

std::shared_ptr<const Instance> make_tree(std::uint32_t alphabet, std::uint32_t horizon,
                                          std::vector<double> leaf_mass,
                                          const EstimateSpec& estimate) {
  if (alphabet < 2 || alphabet > 65535 || horizon == 0)
    throw Error(ErrorKind::kInput, "a tree has 2 to 65535 symbols and a horizon of at least 1");
  if (estimate.kind != EstimateSpec::Kind::kExact && estimate.kind != EstimateSpec::Kind::kNoise)
    throw Error(ErrorKind::kInput, "estimate: a tree in memory has an exact one or noise");
  if (!(estimate.kappa >= 1) || std::isinf(estimate.kappa))
    throw Error(ErrorKind::kInput, "estimate: kappa must be finite and at least 1");
  number_tree(alphabet, horizon);
  Values values(std::move(leaf_mass));
  if (values.count() != leaves(alphabet, horizon))
    throw Error(ErrorKind::kInput, fmt::format("leaf_mass: has {} values; {} are needed",
                                               values.count(), leaves(alphabet, horizon)));
  if (const std::string reason = refuse_masses(values); !reason.empty())
    throw Error(ErrorKind::kInput, "leaf_mass: " + reason);
  return std::make_unique<TreeInstance>(tree_facts(alphabet, horizon, estimate), std::move(values),
                                        std::nullopt, estimate);
}

}  // namespace wend
