#include "host/instances/class/instance.hpp"

#include <fmt/format.h>

#include <cmath>
#include <utility>
#include <vector>

#include "host/base/no_mass.hpp"
#include "host/base/number_text.hpp"
#include "host/base/printable.hpp"
#include "host/oracles/prefix_oracle.hpp"
#include "host/oracles/row_errors.hpp"
#include "kernels/elimination/member_oracle.hpp"
#include "wend/bounds.hpp"

namespace wend {
namespace {

// ln( g(x) / prod_h w(u_{h+1}) / S(u_h) ) of a member and the noise of its masses. The member's own
// masses cancel but for the probabilities of each node's children.
template <class View>
double log_weight_of(const View& view, std::uint64_t truth, const kernels::PrefixNoise& noise,
                     const std::uint32_t* symbols) {
  auto member = kernels::MemberCursor<View>::at_root(view, truth);
  kernels::ClassNode node;
  std::uint64_t hash = 0;
  double weight = 0;
  for (std::uint32_t h = 0; h < view.horizon; ++h) {
    const std::uint32_t symbol = symbols[h];
    const bool children_are_leaves = h + 1 == view.horizon;
    double sum = 0;
    double drawn = 0;
    for (std::uint32_t c = 0; c < view.alphabet; ++c) {
      const double factor =
          children_are_leaves ? 1.0 : noise.factor(h + 1, kernels::extend_prefix(hash, c));
      const double estimate = member.probability(view, node, c) * factor;
      sum += estimate;
      if (c == symbol) drawn = factor;
    }
    if (member.probability(view, node, symbol) <= 0) return kNoMass;
    weight += std::log(sum / drawn);
    if constexpr (View::kHasState) member.state = view.next_state(member.state, symbol);
    node = view.descend(node, symbol);
    hash = kernels::extend_prefix(hash, symbol);
  }
  return weight;
}

class ClassInstance : public Instance {
 public:
  ClassInstance(ClassTarget target, InstanceFacts facts)
      : target_(std::move(target)),
        facts_(std::move(facts)),
        noise_(prefix_noise(target_.estimate)) {}

  [[nodiscard]] const InstanceFacts& facts() const override { return facts_; }
  [[nodiscard]] const ClassTarget* class_target() const override { return &target_; }

  [[nodiscard]] std::uint64_t table_bytes(kernels::Walk walk) const override {
    if (target_.oracle) return target_.oracle->table_bytes(walk);
    return wend::table_bytes(target_.members);
  }

  [[nodiscard]] std::uint64_t working_bytes() const override {
    return target_.oracle ? target_.oracle->working_bytes() : 0;
  }

  [[nodiscard]] Oracle compile(kernels::Walk walk, Correction correction) const override {
    if (target_.oracle) return target_.oracle->compile(walk, correction);
    return make_prefix_oracle(target_.members, *target_.truth, noise_, correction);
  }

  [[nodiscard]] std::shared_ptr<BatchOracle> model(kernels::Walk walk,
                                                   Correction correction) const override {
    if (target_.oracle) return target_.oracle->model(walk, correction);
    const PrefixOracle oracle =
        make_prefix_oracle(target_.members, *target_.truth, noise_, correction);
    check_walk(oracle, walk);
    return make_prefix_model(oracle);
  }

  [[nodiscard]] double log_mass(const std::uint32_t* symbols) const override {
    return *log_estimate(symbols, facts_.horizon);
  }

  [[nodiscard]] double log_weight(const std::uint32_t* symbols) const override {
    if (target_.oracle) return target_.oracle->log_weight(symbols);
    return std::visit(
        [&](const auto& members) {
          return log_weight_of(view_of(members), *target_.truth, noise_, symbols);
        },
        target_.members);
  }

  [[nodiscard]] std::optional<double> log_estimate(const std::uint32_t* symbols,
                                                   std::uint32_t depth) const override {
    if (target_.oracle) return target_.oracle->log_estimate(symbols, depth);
    const double exact = log_prefix_mass(target_.members, *target_.truth, symbols, depth);
    if (depth == facts_.horizon || exact == kNoMass) return exact;
    std::uint64_t hash = 0;
    for (std::uint32_t h = 0; h < depth; ++h) hash = kernels::extend_prefix(hash, symbols[h]);
    return exact + std::log(noise_.factor(depth, hash));
  }

  [[nodiscard]] WalkBounds walk_bounds() const override {
    if (target_.oracle) return target_.oracle->walk_bounds();
    // Masses and sums of children are within kappa of each other, both ways, but at the leaves.
    const std::vector<double>& kappa = facts_.kappa_by_depth;
    double log_climb = 0;
    for (std::size_t h = 0; h + 1 < kappa.size(); ++h)
      log_climb += log_least_rise(-std::log(kappa[h] * kappa[h + 1]), facts_.alphabet);
    return {.least_climb = std::exp(log_climb),
            .steps_per_visit = 2 * relaxation_bound(kappa),
            .rounding = rounding_distance(kappa, facts_.alphabet) +
                        std::expm1(mass_error(target_.members))};
  }

  /// Of a normalised oracle: Z = 1.
  [[nodiscard]] double log_root_sum() const override {
    double sum = 0;
    for (std::uint32_t c = 0; c < facts_.alphabet; ++c) {
      const auto symbol = static_cast<std::uint32_t>(c);
      sum += std::exp(*log_estimate(&symbol, 1));
    }
    return std::log(sum);
  }

  [[nodiscard]] std::optional<std::pair<double, std::string>> measured_kappa() const override {
    if (target_.oracle) return target_.oracle->measured_kappa();
    return std::nullopt;
  }

 private:
  ClassTarget target_;
  InstanceFacts facts_;
  kernels::PrefixNoise noise_;
};

// Refuses with "PATH: KEY: reason".
class Refusal {
 public:
  explicit Refusal(const std::string& path)
      : start_(path.empty() ? "" : printable(path, 4096) + ": ") {}
  [[noreturn]] void operator()(const std::string& reason) const {
    throw Error(ErrorKind::kInput, start_ + reason);
  }

 private:
  std::string start_;
};

void check_truth(const ClassTarget& target, const Refusal& refuse) {
  if (*target.truth >= count(target.members))
    refuse(fmt::format("truth: must be a member, 0 to {}, not {}", count(target.members) - 1,
                       *target.truth));
  if (target.estimate.kind != EstimateSpec::Kind::kExact &&
      target.estimate.kind != EstimateSpec::Kind::kNoise)
    refuse("estimate: a class has an exact one or noise");
}

void check_oracle(const ClassTarget& target, const InstanceFacts& facts, const Refusal& refuse) {
  const Instance& oracle = *target.oracle;
  const std::uint32_t symbols = alphabet(target.members);
  const std::uint32_t length = horizon(target.members);
  if (oracle.facts().alphabet != symbols || oracle.facts().horizon != length)
    refuse(fmt::format("oracle: has {} symbols and horizon {}, the members {} and {}",
                       oracle.facts().alphabet, oracle.facts().horizon, symbols, length));
  if (!facts.symbol_names.empty() && !oracle.facts().symbol_names.empty() &&
      facts.symbol_names != oracle.facts().symbol_names)
    refuse("oracle: its symbols stand for other characters than the members'");
  const std::vector<std::uint32_t> any(length, 0);
  if (!oracle.log_estimate(any.data(), length))
    refuse(
        "oracle: its total mass is not known exactly, so that it cannot be compared with the "
        "members; the estimate must not be " +
        oracle.facts().estimate);
}

// The accuracy that the oracle has by itself, where it is known.
std::optional<double> own_kappa(const ClassTarget& target) {
  if (target.oracle) return target.oracle->facts().kappa;
  return target.estimate.kind == EstimateSpec::Kind::kNoise ? target.estimate.kappa : 1.0;
}

void check_kappa(const ClassTarget& target, const Refusal& refuse) {
  const std::optional<double> own = own_kappa(target);
  if (own && target.kappa < *own)
    refuse(fmt::format("kappa: is {}, but the oracle's own is {}", target.kappa, *own));
  if (!(target.kappa >= 1) || target.kappa > kMaxClassKappa)
    refuse(fmt::format("kappa: the oracle's accuracy must be from 1 to {:g} in a class, not {}",
                       kMaxClassKappa, target.kappa));
}

std::string why_kappa(const ClassTarget& target) {
  if (own_kappa(target) != target.kappa) return "stated";
  if (target.oracle) return "the oracle's: " + target.oracle->facts().kappa_why;
  return target.estimate.kind == EstimateSpec::Kind::kNoise ? "the noise stays within it"
                                                            : "the estimate is exact";
}

}  // namespace

std::unique_ptr<Instance> make_class(ClassTarget target, InstanceFacts facts) {
  const Refusal refuse(facts.path);
  if (count(target.members) == 0) refuse("members: a class has at least one");
  if (target.truth.has_value() == (target.oracle != nullptr))
    refuse("truth: give either truth or oracle");
  if (target.truth)
    check_truth(target, refuse);
  else
    check_oracle(target, facts, refuse);
  check_kappa(target, refuse);

  facts.kind = "class";
  facts.alphabet = alphabet(target.members);
  facts.horizon = horizon(target.members);
  facts.kappa = target.kappa;
  facts.kappa_why = why_kappa(target);
  if (target.oracle) {
    facts.kappa_by_depth = target.oracle->facts().kappa_by_depth;
    facts.kappa_by_depth_why = "the oracle's: " + target.oracle->facts().kappa_by_depth_why;
  } else {
    facts.kappa_by_depth.assign(facts.horizon, *own_kappa(target));
    facts.kappa_by_depth.back() = 1;
    facts.kappa_by_depth_why = target.estimate.kind == EstimateSpec::Kind::kNoise
                                   ? "the noise stays within it"
                                   : "the estimate is exact";
  }
  facts.details = {{"family", target.family},
                   {"members", grouped(std::uint64_t{count(target.members)})},
                   {"members' tables", byte_size(table_bytes(target.members))}};
  if (target.truth) {
    facts.estimate = target.estimate.kind == EstimateSpec::Kind::kNoise ? "noise" : "exact";
    facts.details.emplace_back("truth", "member " + std::to_string(*target.truth));
  } else {
    facts.estimate = target.oracle->facts().estimate;
    facts.details.emplace_back("oracle", "an instance of kind " + target.oracle->facts().kind);
  }
  return std::make_unique<ClassInstance>(std::move(target), std::move(facts));
}

}  // namespace wend
