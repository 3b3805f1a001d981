#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "host/oracles/oracle.hpp"
#include "host/oracles/walk_bounds.hpp"
#include "wend/algorithm.hpp"
#include "wend/instance.hpp"
#include "wend/oracle.hpp"

namespace wend {

struct ClassTarget;
struct Guided;
struct StateGraph;
struct NodeValue;
class JsonReader;

/// A target and its oracle, before it is compiled for a walk.
class Instance {
 public:
  Instance() = default;
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;
  virtual ~Instance() = default;

  [[nodiscard]] virtual const InstanceFacts& facts() const = 0;

  /// Bytes of the compiled tables of one walk, known before they are allocated.
  [[nodiscard]] virtual std::uint64_t table_bytes(kernels::Walk walk) const = 0;
  /// Most bytes that the instance itself takes beside the tables, while they are compiled and drawn
  /// from: its arrays, sweeps over all nodes.
  [[nodiscard]] virtual std::uint64_t working_bytes() const = 0;
  [[nodiscard]] virtual Oracle compile(kernels::Walk walk, Correction correction) const = 0;
  /// The same oracle, to be asked node by node, for the lockstep engine; it must not outlive the
  /// instance.
  [[nodiscard]] virtual std::shared_ptr<BatchOracle> model(kernels::Walk walk,
                                                           Correction correction) const = 0;

  /// ln g of a sequence of H symbols; -inf where it has no mass. Thread-safe.
  [[nodiscard]] virtual double log_mass(const std::uint32_t* symbols) const = 0;
  /// The sequential sampler's log importance weight of a sequence. Thread-safe.
  [[nodiscard]] virtual double log_weight(const std::uint32_t* symbols) const = 0;

  /// ln of what a normalised oracle answers at the prefix of `depth` symbols, 1..H: ln( w(u) / Z ),
  /// -inf where w is 0. nullopt if Z is not known exactly. Thread-safe; O(depth).
  [[nodiscard]] virtual std::optional<double> log_estimate(const std::uint32_t* symbols,
                                                           std::uint32_t depth) const = 0;

  /// ln of the sum of w over the root's children, on the scale on which a leaf's w is g: by it a
  /// walk's leaf visits from root to root tell Z. Thread-safe.
  [[nodiscard]] virtual double log_root_sum() const = 0;
  /// ln g of a draw is the sum of its rows' logarithms and this, once the root's row was asked for:
  /// rows in masses are on a scale of their own.
  [[nodiscard]] virtual double log_root_scale() const { return 0; }

  /// The states that the prefixes fall into; null for kinds that have none, or no exact masses.
  [[nodiscard]] virtual const StateGraph* state_graph() const { return nullptr; }

  /// The class that the target is known to lie in; null for all kinds but "class".
  [[nodiscard]] virtual const ClassTarget* class_target() const { return nullptr; }

  /// The parts of a base times potentials; null for all kinds but those.
  [[nodiscard]] virtual const Guided* guided() const { return nullptr; }

  /// Bounds of both walks, with the rounding of their rows allowed for. The first call may take as
  /// long as compile().
  [[nodiscard]] virtual WalkBounds walk_bounds() const = 0;

  /// The same target with estimates w(u) V(u), as tables for the fused engine; null where this kind
  /// has none of such a V. What it needs of this instance it shares or copies, but for model(),
  /// compile() and the like, which this one must outlive.
  [[nodiscard]] virtual std::shared_ptr<const Instance> with_value(
      const NodeValue& /*value*/) const {
    return nullptr;
  }

  /// WalkBounds::least_climb under estimates w(u) V(u) of a V that with_value() has no tables of; 0
  /// where it is not known.
  [[nodiscard]] virtual double least_climb(const NodeValue& /*value*/) const { return 0; }

  /// A lower bound of kappa measured on the oracle itself, and how it was measured (e.g. "all
  /// nodes"); nullopt where nothing can be compared.
  [[nodiscard]] virtual std::optional<std::pair<double, std::string>> measured_kappa() const = 0;
};

/// Reads an instance of a kind that has tables, and is no "class": one that can be part of a class.
/// Throws Error(kInput).
std::unique_ptr<Instance> load_part(const JsonReader& json);

}  // namespace wend
