#pragma once

#include <memory>
#include <string>
#include <utility>

#include "host/files/json_reader.hpp"
#include "host/instances/instance.hpp"
#include "host/instances/knapsack/problem.hpp"

namespace wend {

/// Choices of items within a capacity; symbol 1 takes the item, infeasible choices have mass 0.
/// What all counters share. Making one counts what its tables will take; they are built when they
/// are first needed.
class KnapsackInstance : public Instance {
 public:
  [[nodiscard]] const InstanceFacts& facts() const override { return facts_; }
  void set_inputs(InputFiles& inputs) {
    facts_.files = inputs.paths();
    facts_.digest = inputs.digest();
  }
  [[nodiscard]] double log_mass(const std::uint32_t* symbols) const override;

 protected:
  /// `file` is the facts' path.
  KnapsackInstance(KnapsackProblem problem, const std::string& file);
  [[nodiscard]] const KnapsackProblem& problem() const { return problem_; }
  [[nodiscard]] InstanceFacts& mutable_facts() { return facts_; }

 private:
  KnapsackProblem problem_;
  InstanceFacts facts_;
};

/// Reads an instance of kind "knapsack". Keys: `weights` (1 to 65535 integers >= 0), `capacity` (an
/// integer >= 0), optional `values` (one number an item) with `temperature` (> 0): a choice's mass
/// is exp(sum of its values / temperature), else 1; `estimate` exact, noise or rounded. Throws
/// Error(kInput).
std::unique_ptr<Instance> load_knapsack(const JsonReader& json);

}  // namespace wend
