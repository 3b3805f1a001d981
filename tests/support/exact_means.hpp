#pragma once

#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "host/instances/instance.hpp"
#include "tests/support/temporary_folder.hpp"
#include "wend/instance.hpp"

namespace wend::test {

/// Means over the target by enumeration.
struct ExactMeans {
  double log_z = 0;
  double log_mass = 0;
  double length = 0;              ///< symbols before the first 0
  std::vector<double> marginals;  ///< [(h - 1) * A + c]
  std::vector<double> symbols;
};

/// O(A^H H).
inline ExactMeans exact_means(const Instance& instance) {
  const std::uint32_t alphabet = instance.facts().alphabet;
  const std::uint32_t horizon = instance.facts().horizon;
  ExactMeans means;
  means.marginals.assign(std::size_t{alphabet} * horizon, 0.0);
  means.symbols.assign(alphabet, 0.0);
  std::vector<std::uint32_t> leaf(horizon, 0);
  double total = 0;
  for (bool more = true; more;) {
    const double log_mass = instance.log_mass(leaf.data());
    const double mass = std::exp(log_mass);
    if (mass > 0) {
      total += mass;
      means.log_mass += mass * log_mass;
      std::uint32_t length = 0;
      while (length < horizon && leaf[length] != 0) ++length;
      means.length += mass * length;
      for (std::uint32_t h = 0; h < horizon; ++h) {
        means.marginals[std::size_t{h} * alphabet + leaf[h]] += mass;
        means.symbols[leaf[h]] += mass;
      }
    }
    more = false;
    for (std::uint32_t h = horizon; h-- > 0 && !more;) {
      more = ++leaf[h] < alphabet;
      if (!more) leaf[h] = 0;
    }
  }
  means.log_z = std::log(total);
  means.log_mass /= total;
  means.length /= total;
  for (double& value : means.marginals) value /= total;
  for (double& value : means.symbols) value /= total;
  return means;
}

struct NamedInstance {
  std::string name;
  std::shared_ptr<const Instance> instance;
};

/// Small ones of every kind, with estimates that are wrong.
inline std::vector<NamedInstance> small_instances(const testing::TemporaryFolder& folder) {
  const auto load = [&](const std::string& name, const std::string& json) {
    return NamedInstance{name, load_instance(folder.add(name + ".json", json))};
  };
  static_cast<void>(folder.add("words.txt", "abba\nbab\na\nab\nbaba\nca\nac\nbac\ncab\n"));
  return {load("tree", R"({"wend": 1, "kind": "tree", "alphabet": 3, "horizon": 3, "leaf_mass":
          [1, 2, 3, 0, 5, 1, 2, 2, 4, 9, 1, 0, 0, 2, 6, 1, 1, 1, 3, 3, 7, 1, 0, 2, 2, 5, 1],
          "estimate": {"kind": "noise", "model": "iid", "kappa": 1.7, "seed": 3}})"),
          load("knapsack_noise", R"({"wend": 1, "kind": "knapsack", "weights": [3, 5, 7, 2, 4, 6],
          "capacity": 14, "values": [1, 2, 1.5, 0.3, 1, 2.2], "temperature": 1.5,
          "estimate": {"kind": "noise", "model": "sign", "kappa": 1.4, "seed": 5}})"),
          load("knapsack_rounded", R"({"wend": 1, "kind": "knapsack", "weights": [3, 5, 7, 2, 4, 6],
          "capacity": 14, "estimate": {"kind": "rounded", "kappa": 3}})"),
          load("ngram", R"({"wend": 1, "kind": "ngram", "corpus": "words.txt", "order": 2,
          "horizon": 5, "smoothing": 0.1, "forbid": ["ca"], "require": ["b"],
          "estimate": {"kind": "lookahead", "depth": 2}})"),
          load("class", R"({"wend": 1, "kind": "class", "horizon": 6, "truth": 3,
          "family": {"kind": "product", "count": 8, "seed": 2, "gamma": 0.3}, "estimate": {"kind": "noise", "model": "iid", "kappa": 1.5, "seed": 4}})")};
}

}  // namespace wend::test
