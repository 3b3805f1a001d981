#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kernels/random/prefix_noise.hpp"
#include "tests/support/chi_square.hpp"
#include "tests/support/kept_draws.hpp"
#include "tests/support/model_oracles.hpp"
#include "tests/support/potentials.hpp"
#include "wend/baseline.hpp"
#include "wend/potential.hpp"

// Small products of a base and potentials whose laws can be listed, for tests.
namespace wend::test {

inline std::uint64_t hash_of(const Prefix& prefix) {
  std::uint64_t hash = 5;
  for (const std::uint32_t symbol : prefix) hash = kernels::extend_prefix(hash, symbol);
  return hash;
}

/// Factors that only come down on the way, some to nothing.
inline double coming_down(const Prefix& prefix, bool /*leaf*/) {
  double log = 0;
  Prefix part;
  for (const std::uint32_t symbol : prefix) {
    part.push_back(symbol);
    const double unit = unit_of(hash_of(part));
    if (symbol > 0 && unit < 0.15) return -std::numeric_limits<double>::infinity();
    log += std::log(unit < 0.5 ? 1.0 : unit);
  }
  return log;
}

/// Factors of leaves alone: up to 2, some nothing; guesses above them.
inline double going_both_ways(const Prefix& prefix, bool leaf) {
  const double unit = unit_of(hash_of(prefix) ^ 7U);
  if (leaf && unit < 0.2) return -std::numeric_limits<double>::infinity();
  return std::log(2 * unit + 0.01);
}

/// A target with its list of leaves.
struct GuidedTarget {
  using LogValue = std::function<double(const Prefix& prefix, bool leaf)>;

  std::shared_ptr<HashOracle> base;
  Leaves shape;
  LogValue log_value;
  std::shared_ptr<Potential> potential;
  std::shared_ptr<const Instance> instance;
  std::vector<std::vector<std::uint32_t>> leaves;  // padded
  std::vector<Prefix> prefixes;                    // as long as they are
  std::vector<double> base_masses;
  std::vector<double> factors;

  GuidedTarget(std::uint32_t alphabet, std::uint32_t horizon, const Prefix& end, bool never_rises,
               LogValue value)
      : base(std::make_shared<HashOracle>(alphabet, horizon, end)),
        shape{alphabet, horizon, end},
        log_value(std::move(value)) {
    for (const auto& [leaf, mass] : base->law()) {
      Prefix prefix(leaf.begin(), leaf.end());
      const auto last = std::ranges::find_if(prefix, [&](auto s) { return base->ends(s); });
      if (last != prefix.end()) prefix.erase(last + 1, prefix.end());
      leaves.push_back(leaf);
      base_masses.push_back(mass);
      factors.push_back(std::exp(value_of(prefix)));
      prefixes.push_back(std::move(prefix));
    }
    base->mutable_traits().ratio_bound = largest_sums();
    PotentialTraits traits;
    traits.name = "function";
    traits.alphabet = alphabet;
    traits.never_rises = never_rises;
    potential = std::make_shared<FunctionPotential>(
        traits, [shape = shape, log = log_value](const Prefix& prefix) {
          return static_cast<float>(log(prefix, shape.complete(prefix)));
        });
    instance = make_guided(base, {potential});
  }

  /// As the potential says it: ln V, in float.
  [[nodiscard]] double value_of(const Prefix& prefix) const {
    return static_cast<double>(static_cast<float>(log_value(prefix, shape.complete(prefix))));
  }

  /// The largest S/w at each depth.
  [[nodiscard]] std::vector<double> largest_sums() const {
    std::vector<double> largest(base->traits().horizon, 0.0);
    for (const Prefix& leaf : prefixes) {
      for (std::size_t depth = 0; depth < leaf.size(); ++depth) {
        const auto end = leaf.begin() + static_cast<std::ptrdiff_t>(depth);
        double sum = 0;
        for (const double ratio : forward_row({leaf.begin(), end}, 1, false)) sum += ratio;
        largest[depth] = std::max(largest[depth], sum);
      }
    }
    return largest;
  }

  /// base^power times the factors.
  [[nodiscard]] std::vector<double> law(double power) const {
    std::vector<double> masses;
    for (std::size_t i = 0; i < leaves.size(); ++i)
      masses.push_back(std::pow(base_masses[i], power) * factors[i]);
    return masses;
  }

  /// Of drawing forward by base^power, with the values or without, each row normalised.
  [[nodiscard]] std::vector<double> forward_law(double power, bool with_values) const {
    std::vector<double> found;
    for (const Prefix& leaf : prefixes) {
      double probability = 1;
      Prefix prefix;
      for (const std::uint32_t symbol : leaf) {
        const std::vector<double> row = forward_row(prefix, power, with_values);
        double sum = 0;
        for (const double weight : row) sum += weight;
        probability *= sum > 0 ? row[symbol] / sum : 0.0;
        prefix.push_back(symbol);
      }
      found.push_back(probability);
    }
    return found;
  }

  [[nodiscard]] std::vector<double> forward_row(Prefix prefix, double power,
                                                bool with_values) const {
    const OracleTraits& traits = base->traits();
    std::vector<float> logs(traits.alphabet);
    base->row(prefix, logs.data());
    std::vector<double> row;
    prefix.push_back(0);
    for (std::uint32_t c = 0; c < traits.alphabet; ++c) {
      prefix.back() = c;
      const double value = with_values ? value_of(prefix) : 0.0;
      row.push_back(std::exp(power * static_cast<double>(logs[c]) + value));
    }
    return row;
  }

  [[nodiscard]] std::vector<std::uint64_t> counts(const KeptDraws& draws,
                                                  std::uint64_t drawn) const {
    const std::uint32_t horizon = base->traits().horizon;
    std::vector<std::uint64_t> counts(leaves.size());
    for (std::uint64_t i = 0; i < drawn; ++i) {
      const auto* first = &draws.symbols[i * horizon];
      const std::vector<std::uint32_t> leaf(first, first + horizon);
      const auto found = std::ranges::lower_bound(leaves, leaf);
      ++counts.at(static_cast<std::size_t>(found - leaves.begin()));
    }
    return counts;
  }
};

/// A baseline's run, and what it drew.
struct RanBaseline {
  KeptDraws draws;
  BaselineResult result;

  RanBaseline(const Instance& instance, const BaselineOptions& options)
      : draws(options.samples, facts(instance).horizon) {
    const std::atomic<bool> stop{false};
    result = sample_baseline(instance, options, &draws, stop);
  }
};

}  // namespace wend::test
