#include "host/instances/class/mean_estimate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <numbers>
#include <span>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "host/base/no_mass.hpp"
#include "host/oracles/row_errors.hpp"
#include "host/oracles/state_graph.hpp"
#include "kernels/lanes/scalar.hpp"
#include "wend/bounds.hpp"

namespace wend {
namespace {

/// What one call at a time writes to.
struct MeanScratch {
  std::vector<double> mass;          // of each member
  std::vector<std::uint32_t> state;  // of members that have one
  std::vector<std::uint32_t> path;   // to a child
  std::vector<double> log_mean;      // ln q of the children
  std::vector<double> log_row;       // ln w of the children
};

/// Members' masses along one path, on a scale of their own: no horizon underflows.
template <class View>
class MemberMasses {
 public:
  MemberMasses(const View& view, MeanScratch& scratch) : view_(view), scratch_(scratch) {
    scratch.mass.assign(view.count, 1.0);
    if constexpr (View::kHasState) scratch.state.assign(view.start, view.start + view.count);
  }

  /// ln q of the node's child. The sum is that of the same products that descend() takes, in the
  /// same order, so that a node and its parent mean the same number.
  [[nodiscard]] double log_mean(std::uint32_t symbol) const {
    const auto child = view_.template child<kernels::ScalarF64>(node_, symbol);
    double sum = 0;
    for (std::uint32_t i = 0; i < view_.count; ++i)
      sum += kernels::ScalarF64::multiply(scratch_.mass[i], child.at(i, state(i)));
    return log_of(sum);
  }

  /// Goes down to it, and returns ln q of it.
  double descend(std::uint32_t symbol) {
    const auto child = view_.template child<kernels::ScalarF64>(node_, symbol);
    double sum = 0;
    double largest = 0;
    for (std::uint32_t i = 0; i < view_.count; ++i) {
      double& mass = scratch_.mass[i];
      mass = kernels::ScalarF64::multiply(mass, child.at(i, state(i)));
      sum += mass;
      largest = std::max(largest, mass);
      if constexpr (View::kHasState)
        scratch_.state[i] = view_.next_state(scratch_.state[i], symbol);
    }
    const double log_mean = log_of(sum);
    if (largest > 0 && largest < kSmall) {
      for (double& mass : scratch_.mass) mass *= kRise;
      exponent_ -= kRiseExponent;
    }
    node_ = view_.descend(node_, symbol);
    return log_mean;
  }

 private:
  static constexpr double kSmall = 0x1p-256;
  static constexpr double kRise = 0x1p+256;
  static constexpr int kRiseExponent = 256;

  [[nodiscard]] const std::uint32_t* state(std::uint32_t member) const {
    if constexpr (View::kHasState) return &scratch_.state[member];
    return nullptr;
  }
  [[nodiscard]] double log_of(double sum) const {
    return sum > 0 ? std::log(sum / view_.count) + exponent_ * std::numbers::ln2 : kNoMass;
  }

  View view_;
  MeanScratch& scratch_;
  kernels::ClassNode node_;
  int exponent_ = 0;  // masses are 2^-exponent_ of what they were
};

class MeanOracle final : public BatchOracle {
 public:
  MeanOracle(std::shared_ptr<const Instance> oracle, ClassMembers members, double kappa,
             std::uint32_t contexts)
      : oracle_(std::move(oracle)),
        members_(std::move(members)),
        log_kappa_(std::log(kappa)),
        scratch_(contexts) {
    traits_.name = count(members_) == 1 ? "one member"
                                        : fmt::format("the mean of {} members", count(members_));
    traits_.alphabet = alphabet(members_);
    traits_.horizon = horizon(members_);
    traits_.rows = RowKind::kMass;
    traits_.contexts = contexts;
  }

  [[nodiscard]] const OracleTraits& traits() const override { return traits_; }
  [[nodiscard]] const ClassMembers& members() const { return members_; }

  void expand(std::uint32_t context, const OracleBatch& batch, const OracleRows& rows) override {
    const std::uint64_t symbols = traits_.alphabet;
    MeanScratch& scratch = scratch_[context];
    for (std::uint32_t i = 0; i < batch.size; ++i) {
      const double own = log_row({batch.prefix[i], batch.depth[i]}, scratch);
      // Relative to the row's largest: what its own scale would round away is kept.
      const double largest = std::max(own, *std::ranges::max_element(scratch.log_row));
      rows.own[i] = relative(own, largest);
      for (std::uint32_t c = 0; c < symbols; ++c)
        rows.mass[i * symbols + c] = relative(scratch.log_row[c], largest);
    }
  }

  /// Leaves ln w of the children in the scratch, and returns that of the node itself: kNoMass at
  /// the root, where it is of no matter.
  double log_row(std::span<const std::uint32_t> prefix, MeanScratch& scratch) const {
    scratch.path.assign(prefix.begin(), prefix.end());
    scratch.path.push_back(0);
    scratch.log_mean.assign(traits_.alphabet, kNoMass);
    scratch.log_row.resize(traits_.alphabet);
    const auto depth = static_cast<std::uint32_t>(prefix.size());
    const bool children_are_leaves = depth + 1 == traits_.horizon;
    const double own_mean = log_means(prefix, !children_are_leaves, scratch);
    for (std::uint32_t c = 0; c < traits_.alphabet; ++c) {
      scratch.path[depth] = c;
      const double answer = *oracle_->log_estimate(scratch.path.data(), depth + 1);
      scratch.log_row[c] = children_are_leaves ? answer : near(answer, scratch.log_mean[c]);
    }
    if (depth == 0) return kNoMass;
    return near(*oracle_->log_estimate(prefix.data(), depth), own_mean);
  }

 private:
  // ln q as far as the oracle's answer allows.
  [[nodiscard]] double near(double answer, double log_mean) const {
    return std::clamp(log_mean, answer - log_kappa_, answer + log_kappa_);
  }

  // exp(value - largest), of a row in which something has mass; never 0 where there is mass.
  static double relative(double value, double largest) {
    constexpr double kLeast = -700;
    return value == kNoMass ? 0.0 : std::exp(std::max(value - largest, kLeast));
  }

  // ln q of the node, and with `below` that of its children.
  double log_means(std::span<const std::uint32_t> prefix, bool below, MeanScratch& scratch) const {
    return std::visit(
        [&](const auto& members) {
          const auto view = view_of(members);
          MemberMasses<std::decay_t<decltype(view)>> masses(view, scratch);
          double own = 0;
          for (const std::uint32_t symbol : prefix) {
            own = masses.descend(symbol);
            if (own == kNoMass) return own;
          }
          for (std::uint32_t c = 0; below && c < traits_.alphabet; ++c)
            scratch.log_mean[c] = masses.log_mean(c);
          return own;
        },
        members_);
  }

  std::shared_ptr<const Instance> oracle_;
  ClassMembers members_;
  double log_kappa_;
  OracleTraits traits_;
  std::vector<MeanScratch> scratch_;  // of each context
};

class MeanInstance final : public Instance {
 public:
  MeanInstance(const ClassTarget& target, InstanceFacts facts, ClassMembers members, double kappa,
               std::uint32_t contexts)
      : oracle_(target.oracle),
        model_(std::make_shared<MeanOracle>(oracle_, std::move(members), kappa, contexts)),
        facts_(std::move(facts)),
        kappa_(kappa) {
    const InstanceFacts& own = oracle_->facts();
    const std::string within =
        fmt::format("the estimate is within {} of the oracle's own, ", kappa);
    facts_.asked = true;
    facts_.estimate = model_->traits().name;
    facts_.kappa = own.kappa;
    if (facts_.kappa) *facts_.kappa *= kappa;
    facts_.kappa_why = within + own.kappa_why;
    facts_.kappa_by_depth = own.kappa_by_depth;
    for (std::size_t h = 0; h + 1 < facts_.kappa_by_depth.size(); ++h)
      facts_.kappa_by_depth[h] *= kappa;
    facts_.kappa_by_depth_why = within + own.kappa_by_depth_why;
  }

  [[nodiscard]] const InstanceFacts& facts() const override { return facts_; }
  [[nodiscard]] std::uint64_t table_bytes(kernels::Walk /*walk*/) const override {
    return wend::table_bytes(model_->members());
  }
  [[nodiscard]] std::uint64_t working_bytes() const override {
    const std::uint64_t member = sizeof(double) + sizeof(std::uint32_t);
    return oracle_->working_bytes() + model_->traits().contexts * member * count(model_->members());
  }
  [[nodiscard]] Oracle compile(kernels::Walk walk, Correction correction) const override {
    return make_model_oracle(model_, walk, correction, true, in_use_);
  }
  [[nodiscard]] std::shared_ptr<BatchOracle> model(kernels::Walk /*walk*/,
                                                   Correction /*correction*/) const override {
    return model_;
  }

  [[nodiscard]] double log_mass(const std::uint32_t* symbols) const override {
    return *oracle_->log_estimate(symbols, facts_.horizon);
  }

  [[nodiscard]] double log_weight(const std::uint32_t* symbols) const override {
    MeanScratch scratch;
    double weight = log_mass(symbols);
    if (weight == kNoMass) return weight;
    for (std::uint32_t h = 0; h < facts_.horizon; ++h) {
      model_->log_row({symbols, h}, scratch);
      weight += log_sum(scratch.log_row) - scratch.log_row[symbols[h]];
    }
    return weight;
  }

  [[nodiscard]] std::optional<double> log_estimate(const std::uint32_t* symbols,
                                                   std::uint32_t depth) const override {
    if (depth == facts_.horizon) return log_mass(symbols);
    MeanScratch scratch;
    return model_->log_row({symbols, depth}, scratch);
  }

  [[nodiscard]] double log_root_sum() const override {
    MeanScratch scratch;
    model_->log_row({}, scratch);
    return log_sum(scratch.log_row);
  }

  [[nodiscard]] WalkBounds walk_bounds() const override {
    WalkBounds bounds;
    const std::vector<double>& above = facts_.kappa_by_depth;
    if (!facts_.kappa || above.empty()) return bounds;  // of estimates that may be too high at will
    const double both = *facts_.kappa;
    // Children sum to both ways' kappa of the mass, and leaves to the mass itself.
    double log_climb = 0;
    for (std::size_t h = 0; h + 1 < above.size(); ++h) {
      const double most = h + 2 == above.size() ? 1.0 : both;
      log_climb += log_least_rise(-std::log(most * above[h]), facts_.alphabet);
    }
    bounds.least_climb = std::exp(log_climb);
    // Over a depth w sums to no more than q, which sums to 1, and w' / kappa do.
    const double sum = std::min(both, 1 + *oracle_->facts().kappa / kappa_);
    bounds.steps_per_visit = 2 * (1 + (facts_.horizon - 1) * sum);
    // A node's row and its parent's have the same logarithms, each off by 711 half ulps at most
    // where it is a mass; what the oracle's own logarithms have lost its own rows have, too.
    std::vector<double> both_ways(facts_.horizon, both);
    both_ways.back() = 1;
    bounds.rounding = rounding_distance(both_ways, facts_.alphabet) +
                      std::expm1(0x1p-51 * 711 * facts_.horizon) + oracle_->walk_bounds().rounding;
    return bounds;
  }

  [[nodiscard]] std::optional<std::pair<double, std::string>> measured_kappa() const override {
    return std::nullopt;
  }

 private:
  std::shared_ptr<const Instance> oracle_;
  std::shared_ptr<MeanOracle> model_;
  std::shared_ptr<std::mutex> in_use_ = std::make_shared<std::mutex>();
  InstanceFacts facts_;
  double kappa_;  // that the mean is held to
};

}  // namespace

std::shared_ptr<const Instance> make_mean_estimate(const ClassTarget& target, InstanceFacts facts,
                                                   ClassMembers members, double kappa,
                                                   std::uint32_t contexts) {
  return std::make_shared<MeanInstance>(target, std::move(facts), std::move(members), kappa,
                                        contexts);
}

}  // namespace wend
