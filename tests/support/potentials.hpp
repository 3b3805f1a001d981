#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "tests/support/model_oracles.hpp"
#include "wend/potential.hpp"

// Potentials by hand, and what a potential answers at one prefix.
namespace wend::test {

using Prefix = std::vector<std::uint32_t>;

/// A potential that is a function of the prefix: ln V of a node, of a leaf its factor.
class FunctionPotential final : public Potential {
 public:
  using Function = std::function<float(const Prefix&)>;
  FunctionPotential(PotentialTraits traits, Function log_value)
      : traits_(std::move(traits)), log_value_(std::move(log_value)) {}

  [[nodiscard]] const PotentialTraits& traits() const override { return traits_; }
  void evaluate(std::uint32_t /*context*/, const OracleBatch& batch, const std::uint32_t* /*end*/,
                const PotentialRows& rows) override {
    for (std::uint32_t i = 0; i < batch.size; ++i) {
      Prefix prefix(batch.prefix[i], batch.prefix[i] + batch.depth[i]);
      rows.own[i] = prefix.empty() ? NAN : log_value_(prefix);  // which nobody reads
      prefix.push_back(0);
      for (std::uint32_t c = 0; c < traits_.alphabet; ++c) {
        prefix.back() = c;
        rows.children[std::size_t{i} * traits_.alphabet + c] = log_value_(prefix);
      }
    }
  }

 private:
  PotentialTraits traits_;
  Function log_value_;
};

/// What a potential answers at one prefix.
struct Answer {
  std::vector<float> children;
  float own;
};

inline Answer ask(Potential& potential, std::uint32_t alphabet, const Prefix& prefix) {
  const std::uint32_t zero = 0;
  const auto depth = static_cast<std::uint32_t>(prefix.size());
  const std::uint32_t last = prefix.empty() ? 0 : prefix.back();
  const std::uint32_t* symbols = prefix.data();
  Answer answer{std::vector<float>(alphabet, NAN), NAN};
  potential.evaluate(0, {1, &zero, &depth, &last, &zero, &symbols}, nullptr,
                     {answer.children.data(), &answer.own});
  return answer;
}

struct Leaves {
  std::uint32_t alphabet;
  std::uint32_t horizon;
  std::vector<std::uint32_t> end;

  [[nodiscard]] bool ends(std::uint32_t symbol) const {
    return std::ranges::find(end, symbol) != end.end();
  }
  [[nodiscard]] bool complete(const Prefix& prefix) const {
    return prefix.size() == horizon || (!prefix.empty() && ends(prefix.back()));
  }
  /// Every node, the root first, each before those below it.
  template <class Visitor>
  void for_each_node(const Visitor& visitor, Prefix prefix = {}) const {
    visitor(std::as_const(prefix));
    if (complete(prefix)) return;
    prefix.push_back(0);
    for (std::uint32_t c = 0; c < alphabet; ++c) {
      prefix.back() = c;
      for_each_node(visitor, prefix);
    }
  }
};

}  // namespace wend::test
