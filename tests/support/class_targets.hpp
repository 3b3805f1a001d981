#pragma once

#include <atomic>
#include <cmath>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "host/instances/class/families.hpp"
#include "host/instances/class/target.hpp"
#include "host/instances/instance.hpp"
#include "wend/sample.hpp"

namespace wend::test {

/// A class made in memory, as an instance.
class TestClass : public Instance {
 public:
  explicit TestClass(ClassTarget target) : target_(std::move(target)) {
    facts_.kind = "class";
    facts_.estimate = "noise";
    facts_.alphabet = wend::alphabet(target_.members);
    facts_.horizon = wend::horizon(target_.members);
    facts_.kappa = target_.kappa;
    facts_.kappa_why = "as stated";
  }
  [[nodiscard]] const InstanceFacts& facts() const override { return facts_; }
  [[nodiscard]] std::uint64_t table_bytes(kernels::Walk) const override { return 0; }
  [[nodiscard]] std::uint64_t working_bytes() const override { return 0; }
  [[nodiscard]] std::shared_ptr<BatchOracle> model(kernels::Walk /*walk*/,
                                                   Correction /*correction*/) const override {
    return nullptr;
  }
  [[nodiscard]] Oracle compile(kernels::Walk, Correction) const override { return {}; }
  [[nodiscard]] double log_mass(const std::uint32_t* symbols) const override {
    return log_prefix_mass(target_.members, target_.truth.value_or(0), symbols, facts_.horizon);
  }
  [[nodiscard]] double log_weight(const std::uint32_t*) const override { return 0; }
  [[nodiscard]] std::optional<double> log_estimate(const std::uint32_t*,
                                                   std::uint32_t) const override {
    return std::nullopt;
  }
  [[nodiscard]] WalkBounds walk_bounds() const override { return {}; }
  [[nodiscard]] double log_root_sum() const override { return 0; }
  [[nodiscard]] std::optional<std::pair<double, std::string>> measured_kappa() const override {
    return std::nullopt;
  }
  [[nodiscard]] const ClassTarget* class_target() const override { return &target_; }

 private:
  ClassTarget target_;
  InstanceFacts facts_;
};

/// An oracle that is not the class's: `answer(symbols, depth)` is ln of its masses.
class TestOracle : public Instance {
 public:
  using Answer = std::function<double(const std::uint32_t* symbols, std::uint32_t depth)>;
  explicit TestOracle(Answer answer) : answer_(std::move(answer)) {}
  [[nodiscard]] const InstanceFacts& facts() const override { return facts_; }
  [[nodiscard]] std::uint64_t table_bytes(kernels::Walk) const override { return 0; }
  [[nodiscard]] std::uint64_t working_bytes() const override { return 0; }
  [[nodiscard]] std::shared_ptr<BatchOracle> model(kernels::Walk /*walk*/,
                                                   Correction /*correction*/) const override {
    return nullptr;
  }
  [[nodiscard]] Oracle compile(kernels::Walk, Correction) const override { return {}; }
  [[nodiscard]] double log_mass(const std::uint32_t*) const override { return 0; }
  [[nodiscard]] double log_weight(const std::uint32_t*) const override { return 0; }
  [[nodiscard]] std::optional<double> log_estimate(const std::uint32_t* symbols,
                                                   std::uint32_t depth) const override {
    return answer_(symbols, depth);
  }
  [[nodiscard]] WalkBounds walk_bounds() const override { return {}; }
  [[nodiscard]] double log_root_sum() const override { return 0; }
  [[nodiscard]] std::optional<std::pair<double, std::string>> measured_kappa() const override {
    return std::nullopt;
  }

 private:
  Answer answer_;
  InstanceFacts facts_;
};

inline ClassTarget class_target(ClassMembers members, std::uint64_t truth, double kappa,
                                EstimateSpec::Model model = EstimateSpec::Model::kIid) {
  ClassTarget target;
  target.members = std::move(members);
  target.kappa = kappa;
  target.truth = truth;
  target.estimate.kind = EstimateSpec::Kind::kNoise;
  target.estimate.model = model;
  target.estimate.kappa = kappa;
  target.estimate.seed = 31;
  return target;
}

/// The families, small: `count` members over 2^6 or 3^4 leaves.
inline ClassMembers small_members(const std::string& family, std::uint32_t count) {
  const FamilySize binary{2, 6, count, 5};
  const FamilySize ternary{3, 4, count, 5};
  if (family == "product") return product_members(ternary, 0.6, "test");
  if (family == "markov") return markov_members(ternary, "test");
  if (family == "needle") return needle_members(binary, std::nullopt, 0.5, "test");
  if (family == "adapters")
    return adapter_members(random_model(3, 2, 7, "test"), ternary, 2, 1.0, "test");
  // The same Markov chains, with automata of their own.
  const auto table = markov_members(ternary, "test");
  PoolMembers pool;
  pool.alphabet = 3;
  pool.horizon = 4;
  pool.count = count;
  pool.start.assign(padded_members(count), 0);
  pool.next.assign(3, 0);
  pool.table.assign(3, 0);
  const std::uint64_t stride = padded_members(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto first = static_cast<std::uint32_t>(pool.next.size() / 3);
    pool.start[i] = first;
    for (std::uint32_t context = 0; context < table.next.size() / 3; ++context)
      for (std::uint32_t c = 0; c < 3; ++c) {
        pool.next.push_back(first + table.next[context * 3 + c]);
        pool.table.push_back(table.table[(context * 3 + c) * stride + i]);
      }
  }
  return pool;
}

/// Number of a sequence in base A, first symbol most significant.
inline std::uint64_t leaf_number(const std::uint32_t* symbols, std::uint32_t alphabet,
                                 std::uint32_t horizon) {
  std::uint64_t leaf = 0;
  for (std::uint32_t h = 0; h < horizon; ++h) leaf = leaf * alphabet + symbols[h];
  return leaf;
}

inline std::vector<std::uint32_t> leaf_symbols(std::uint64_t leaf, std::uint32_t alphabet,
                                               std::uint32_t horizon) {
  std::vector<std::uint32_t> symbols(horizon);
  for (std::uint32_t h = horizon; h-- > 0; leaf /= alphabet)
    symbols[h] = static_cast<std::uint32_t>(leaf % alphabet);
  return symbols;
}

inline std::uint64_t leaf_count(const ClassMembers& members) {
  std::uint64_t leaves = 1;
  for (std::uint32_t h = 0; h < horizon(members); ++h) leaves *= alphabet(members);
  return leaves;
}

/// All leaf masses of a member.
inline std::vector<double> member_law(const ClassMembers& members, std::uint64_t member) {
  std::vector<double> law(leaf_count(members));
  for (std::uint64_t leaf = 0; leaf < law.size(); ++leaf)
    law[leaf] = std::exp(log_prefix_mass(
        members, member, leaf_symbols(leaf, alphabet(members), horizon(members)).data(),
        horizon(members)));
  return law;
}

/// Keeps every draw.
class KeepDraws : public SampleSink {
 public:
  KeepDraws(const ClassMembers& members, std::uint64_t samples)
      : alphabet_(alphabet(members)),
        horizon_(horizon(members)),
        symbols(samples * horizon_),
        log_mass(samples) {}
  void put(const SampleRows& rows) override {
    const std::scoped_lock lock(mutex_);
    std::copy_n(rows.symbols, rows.count * horizon_,
                symbols.begin() + static_cast<std::ptrdiff_t>(rows.row * horizon_));
    std::copy_n(rows.log_mass, rows.count,
                log_mass.begin() + static_cast<std::ptrdiff_t>(rows.row));
  }
  /// How often each leaf was drawn, by its number.
  [[nodiscard]] std::vector<std::uint64_t> counts(std::uint64_t leaves) const {
    std::vector<std::uint64_t> found(leaves);
    for (std::size_t row = 0; row < log_mass.size(); ++row)
      ++found[leaf_number(&symbols[row * horizon_], alphabet_, horizon_)];
    return found;
  }

 private:
  std::mutex mutex_;
  std::uint32_t alphabet_;
  std::uint32_t horizon_;

 public:
  std::vector<std::uint32_t> symbols;
  std::vector<double> log_mass;
};

}  // namespace wend::test
