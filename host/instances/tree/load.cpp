#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "host/base/memory_limit.hpp"
#include "host/instances/tree/bounds.hpp"
#include "host/instances/tree/instance.hpp"
#include "host/instances/tree/masses.hpp"
#include "host/instances/tree/values.hpp"

namespace wend {
namespace {

constexpr double kLeafTolerance = 1e-9;  // relative, between a leaf's w and its g

std::uint64_t checked_leaves(const JsonReader& json, std::uint32_t alphabet,
                             std::uint32_t horizon) {
  try {
    number_tree(alphabet, horizon);
  } catch (const Error& error) {
    json.refuse("horizon", error.what());
  }
  return leaves(alphabet, horizon);
}

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
    facts.kappa_by_depth.assign(horizon, 1.0);
  } else if (estimate.kind == EstimateSpec::Kind::kNoise) {
    facts.estimate = "noise";
    facts.kappa = estimate.kappa;
    facts.kappa_why = "the noise stays within it";
    facts.kappa_by_depth.assign(horizon, estimate.kappa);
    facts.kappa_by_depth.back() = 1;
  } else {
    facts.estimate = "file";
  }
  facts.kappa_by_depth_why = facts.kappa_why;
  return facts;
}

// Checks a "file" estimate against the leaves and finds its kappa.
void check_node_estimates(const JsonReader& json, double stated_kappa, TreeInstance& tree) {
  const TreeValues& estimates = *tree.node_estimates();
  const TreeValues& leaf_mass = tree.leaf_mass_values();
  const TreeMasses& masses = tree.masses();
  const std::string key = "estimate.path";
  const std::uint64_t interior = interior_nodes(masses.alphabet, masses.horizon);
  const std::uint64_t leaf_count = leaves(masses.alphabet, masses.horizon);
  if (estimates.count() != interior + leaf_count)
    json.refuse(key, fmt::format("has {} values; all nodes of the tree are {}", estimates.count(),
                                 interior + leaf_count));
  if (const std::string reason = find_bad_mass(estimates); !reason.empty())
    json.refuse(key, reason);
  // Masses are brought to a sum of about 1, and what stands at one node is added up.
  const double scale = mass_scale(leaf_mass);
  const double most = std::numeric_limits<double>::max() / (4.0 * masses.alphabet);
  for (std::uint64_t node = 1; node < interior; ++node)
    if (!(estimates.at(node) * scale <= most))
      json.refuse(
          key, fmt::format("value {} is {}, more than a double holds beside the leaf masses", node,
                           estimates.at(node)));
  for (std::uint64_t leaf = 0; leaf < leaf_count; ++leaf) {
    const double mass = leaf_mass.at(leaf);
    if (std::abs(estimates.at(interior + leaf) - mass) > kLeafTolerance * mass)
      json.refuse(key, fmt::format("value {} is {}, but leaf {} has mass {}: an estimate must be "
                                   "exact at leaves",
                                   interior + leaf, estimates.at(interior + leaf), leaf, mass));
  }
  check_memory(sweep_bytes(masses.alphabet, masses.horizon),
               json.label("horizon: the check of the estimates"));
  if (const std::optional<std::uint64_t> lost = find_lost_mass(masses))
    json.refuse(key, fmt::format("value {} is 0, but leaves below that node have mass and could "
                                 "not be reached",
                                 *lost));
  const EstimateErrors errors = estimate_errors(masses);
  const double kappa = errors.kappa();
  if (stated_kappa > 0 && stated_kappa < kappa)
    json.refuse("estimate.kappa",
                fmt::format("is {}, but the values are off by up to {}", stated_kappa, kappa));
  tree.mutable_facts().kappa_by_depth = errors.low;
  tree.mutable_facts().kappa_by_depth_why = "measured over all nodes";
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
  TreeValues leaf_mass = read_tree_values(json, "leaf_mass");
  const EstimateSpec estimate = json.estimate({Kind::kExact, Kind::kNoise, Kind::kFile});
  if (leaf_mass.count() != leaf_count)
    json.refuse("leaf_mass", fmt::format("has {} values; {}^{} = {} are needed", leaf_mass.count(),
                                         alphabet, horizon, leaf_count));
  if (const std::string reason = refuse_masses(leaf_mass); !reason.empty())
    json.refuse("leaf_mass", reason);

  std::optional<TreeValues> node_estimates;
  if (estimate.kind == Kind::kFile)
    node_estimates = TreeValues(json.object("estimate").array_file("path"));
  InstanceFacts facts = tree_facts(alphabet, horizon, estimate);
  facts.path = json.path().string();
  facts.files = json.inputs()->paths();
  facts.digest = json.inputs()->digest();
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
  TreeValues values(std::move(leaf_mass));
  if (values.count() != leaves(alphabet, horizon))
    throw Error(ErrorKind::kInput, fmt::format("leaf_mass: has {} values; {} are needed",
                                               values.count(), leaves(alphabet, horizon)));
  if (const std::string reason = refuse_masses(values); !reason.empty())
    throw Error(ErrorKind::kInput, "leaf_mass: " + reason);
  return std::make_unique<TreeInstance>(tree_facts(alphabet, horizon, estimate), std::move(values),
                                        std::nullopt, estimate);
}

}  // namespace wend
