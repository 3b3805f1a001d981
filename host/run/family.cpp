#include "host/run/family.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "host/adapt/fit.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

// ln of the factor by which an estimate may exceed its children's sum, for the lifted walk to climb
// straight where it has come out a little low.
constexpr double kTilt = 0.04;
// Numbers of a V, 128 MiB: beyond, it is not tried.
constexpr std::uint64_t kMostNumbers = std::uint64_t{1} << 24U;

bool wanted(const SampleOptions& options, Adapt adapt) {
  return options.adapt == Adapt::kAuto || options.adapt == adapt;
}

}  // namespace

FamilyFit::FamilyFit(const Instance& of, const ModelOracle& oracle, const RowSource& rows,
                     const SampleOptions& given)
    : instance(of),
      source(rows),
      options(given),
      has_room(std::uint64_t{oracle.horizon} * rows.buckets() <= kMostNumbers) {
  if (!has_room || !wanted(options, Adapt::kFeatures)) return;
  const std::vector<double> features = bucket_features(*oracle.model);
  if (features.empty()) return;
  const bool asked = !oracle.own_masses;
  const auto design = std::make_shared<const FeatureDesign>(features, rows.buckets());
  linear.emplace(design);
  // Each family that is tried takes scouts of its own, and what tables have for features are
  // polynomials already.
  if (design->says_more_than_linear() && (asked || options.adapt == Adapt::kFeatures))
    network.emplace(design);
}

std::vector<Family> list_families(const FamilyFit& fit, kernels::Walk walk, bool asked) {
  using Kind = Family::Kind;
  const SampleOptions& options = fit.options;
  const InstanceFacts& facts = fit.instance.facts();
  std::vector<Family> families{{Kind::kUntrained, false, "untrained"}};
  if (wanted(options, Adapt::kDepth) && !facts.kappa_by_depth.empty() && !options.adapt_floor)
    families.push_back({Kind::kScaled, false, "scaled by depth"});
  if (asked && options.adapt == Adapt::kAuto)
    families.push_back({Kind::kUntrained, true, "explored"});
  const std::string explored = asked ? "explored, " : "";
  if (wanted(options, Adapt::kDepth)) families.push_back({Kind::kDepth, asked, explored + "depth"});
  // A tilted one comes next after the one that it is a tilt of.
  const auto add = [&](Kind kind, const std::string& name) {
    families.push_back({kind, asked, name});
    if (kernels::is_directed(walk) && !asked)
      families.push_back({kind, asked, name + ", tilted", kTilt});
  };
  const std::string& why = fit.source.bucket_why();
  if (wanted(options, Adapt::kBucket) && fit.source.buckets() > 1 && fit.has_room)
    add(Kind::kBucket, fmt::format("{}depth and {}", explored, why));
  if (fit.linear) add(Kind::kFeatures, fmt::format("{}depth and features of {}", explored, why));
  if (fit.network)
    add(Kind::kNetwork, fmt::format("{}depth and a network of features of {}", explored, why));
  if (families.size() == 1)
    throw Error(ErrorKind::kUsage, fmt::format("adapt = {}", to_string(options.adapt)),
                !fit.has_room ? fmt::format("{} buckets at {} depths are too many",
                                            fit.source.buckets(), facts.horizon)
                : options.adapt == Adapt::kFeatures ? "the oracle says no features of its buckets"
                                                    : "the oracle names one bucket");
  return families;
}

const BucketFit* FamilyFit::by_features(Family::Kind kind) const {
  if (kind == Family::Kind::kFeatures) return &*linear;
  return kind == Family::Kind::kNetwork ? &*network : nullptr;
}

NodeValue FamilyFit::value_of(const Family& family, const ExploredTree& tree) const {
  const std::uint32_t horizon = instance.facts().horizon;
  const std::vector<double>& kappa = instance.facts().kappa_by_depth;
  const bool upper_bound =
      !kappa.empty() && std::ranges::all_of(kappa, [](double k) { return k <= 1; });
  return fit_value(tree, {.horizon = horizon,
                          .buckets = family.kind == Family::Kind::kDepth ? 1 : source.buckets(),
                          .backed_up = family.backed_up,
                          .least = options.adapt_floor.value_or(0),
                          .at_most_one = upper_bound,
                          .by_features = by_features(family.kind)});
}

NodeValue Family::tilted(NodeValue without) const {
  if (log_tilt == 0) return without;
  for (std::uint32_t h = 1; h < without.horizon; ++h)
    for (std::uint32_t b = 0; b < without.buckets; ++b)
      without.log_value[std::size_t{h} * without.buckets + b] += log_tilt * (without.horizon - h);
  return without;
}

}  // namespace wend
