#include "host/run/family.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "host/adapt/fit.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

// ln of the factor by which an estimate may exceed its children's sum, for the lifted walk to climb
// straight where it has come out a little low.
constexpr double kTilt = 0.04;
// Numbers of a V, 512 MiB: beyond, it is not tried.
constexpr std::uint64_t kMostNumbers = std::uint64_t{1} << 26U;

}  // namespace

std::vector<Family> list_families(const Instance& instance, const RowSource& source,
                                  const SampleOptions& options, kernels::Walk walk, bool asked) {
  using Kind = Family::Kind;
  const auto wanted = [&](Adapt adapt) {
    return options.adapt == Adapt::kAuto || options.adapt == adapt;
  };
  std::vector<Family> families{{Kind::kUntrained, false, "untrained"}};
  if (wanted(Adapt::kDepth) && !instance.facts().kappa_by_depth.empty() && !options.adapt_floor)
    families.push_back({Kind::kScaled, false, "scaled by depth"});
  if (asked && options.adapt == Adapt::kAuto)
    families.push_back({Kind::kUntrained, true, "explored"});
  const std::string explored = asked ? "explored, " : "";
  if (wanted(Adapt::kDepth)) families.push_back({Kind::kDepth, asked, explored + "depth"});
  const bool has_room = std::uint64_t{instance.facts().horizon} * source.buckets() <= kMostNumbers;
  const auto add = [&](Kind kind, const std::string& name) {
    families.push_back({kind, asked, name});
    if (kernels::is_directed(walk)) families.push_back({kind, asked, name + ", tilted", kTilt});
  };
  if (wanted(Adapt::kBucket) && source.buckets() > 1 && has_room)
    add(Kind::kBucket, fmt::format("{}depth and {}", explored, source.bucket_why()));
  if (wanted(Adapt::kFeatures) && !source.bucket_features().empty() && has_room)
    add(Kind::kFeatures, fmt::format("{}depth and features of {}", explored, source.bucket_why()));
  if (families.size() == 1)
    throw Error(ErrorKind::kUsage, fmt::format("adapt = {}", to_string(options.adapt)),
                !has_room ? fmt::format("{} buckets at {} depths are too many", source.buckets(),
                                        instance.facts().horizon)
                : options.adapt == Adapt::kFeatures
                    ? "the oracle names no buckets with features"
                    : "the oracle names no buckets, and has too many symbols to stand in for them");
  return families;
}

NodeValue fit_family(const Family& family, const ExploredTree& tree, const Instance& instance,
                     const RowSource& source, const SampleOptions& options) {
  const std::uint32_t horizon = instance.facts().horizon;
  const std::vector<double>& kappa = instance.facts().kappa_by_depth;
  const bool upper_bound =
      !kappa.empty() && std::ranges::all_of(kappa, [](double k) { return k <= 1; });
  FitLimits limits{.horizon = horizon,
                   .buckets = family.kind == Family::Kind::kDepth ? 1 : source.buckets(),
                   .backed_up = family.backed_up,
                   .least = options.adapt_floor.value_or(0),
                   .at_most_one = upper_bound};
  if (family.kind == Family::Kind::kFeatures) limits.features = source.bucket_features();
  NodeValue value = fit_value(tree, limits);
  for (std::uint32_t h = 1; h < horizon; ++h)
    for (std::uint32_t b = 0; b < value.buckets; ++b)
      value.log_value[std::size_t{h} * value.buckets + b] += family.log_tilt * (horizon - h);
  return value;
}

}  // namespace wend
