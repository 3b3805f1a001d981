#include "host/oracles/model_oracle.hpp"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "host/oracles/end_bits.hpp"
#include "host/oracles/row_table.hpp"
#include "kernels/lockstep/path_sums.hpp"
#include "kernels/walk/walk.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

constexpr std::uint32_t kMostDepth = 65535;  // a chain's depth has 16 bits

[[noreturn]] void refuse(const OracleTraits& traits, const std::string& reason) {
  throw Error(ErrorKind::kUsage, fmt::format("oracle \"{}\"", traits.name), reason);
}

void check_bounds(const OracleTraits& traits, const char* what, const std::vector<double>& bounds) {
  if (bounds.empty()) return;
  if (bounds.size() != traits.horizon)
    refuse(traits, fmt::format("{} has {} numbers for a horizon of {}", what, bounds.size(),
                               traits.horizon));
  for (const double bound : bounds)
    if (!(bound > 0) || !std::isfinite(bound))
      refuse(traits, fmt::format("{}: {} is not a positive finite number", what, bound));
}

}  // namespace

void check_traits(const OracleTraits& traits) {
  if (traits.alphabet < 2 || traits.alphabet > kMostSymbols)
    refuse(traits, fmt::format("alphabet: must be 2 to {}, is {}", kMostSymbols, traits.alphabet));
  if (traits.horizon < 1 || traits.horizon > kMostDepth)
    refuse(traits, fmt::format("horizon: must be 1 to {}, is {}", kMostDepth, traits.horizon));
  if (traits.contexts == 0) refuse(traits, "contexts: must be at least 1");
  for (const std::uint32_t symbol : traits.end)
    if (symbol >= traits.alphabet)
      refuse(traits,
             fmt::format("end: {} is no symbol of an alphabet of {}", symbol, traits.alphabet));
  if (traits.kappa && (!(*traits.kappa >= 1) || !std::isfinite(*traits.kappa)))
    refuse(traits,
           fmt::format("kappa: must be a finite number of at least 1, is {}", *traits.kappa));
  check_bounds(traits, "kappa_by_depth", traits.kappa_by_depth);
  check_bounds(traits, "ratio_bound", traits.ratio_bound);
  if (!traits.kappa_by_depth.empty() && traits.kappa_by_depth.back() != 1)
    refuse(traits, fmt::format("kappa_by_depth: ends with {}, but leaves are exact",
                               traits.kappa_by_depth.back()));
  if (traits.buckets > kMostBuckets)
    refuse(traits, fmt::format("buckets: must be at most {}, is {}", kMostBuckets, traits.buckets));
  if (!traits.symbol_names.empty() && traits.symbol_names.size() != traits.alphabet)
    refuse(traits, fmt::format("symbol_names: {} names for {} symbols", traits.symbol_names.size(),
                               traits.alphabet));
  if (!traits.symbol_bytes.empty() && traits.symbol_bytes.size() != traits.alphabet)
    refuse(traits, fmt::format("symbol_bytes: {} strings for {} symbols",
                               traits.symbol_bytes.size(), traits.alphabet));
}

std::vector<double> bucket_features(const BatchOracle& oracle) {
  const OracleTraits& traits = oracle.traits();
  std::vector<double> features = oracle.bucket_features();
  if (features.empty()) return features;
  const std::size_t buckets = traits.buckets == 0 ? traits.alphabet : traits.buckets;
  const std::size_t count = features.size() / buckets;
  if (count < 1 || count > kMostFeatures || count * buckets != features.size())
    refuse(traits, fmt::format("bucket_features: {} numbers are not 1 to {} for each of {} {}",
                               features.size(), kMostFeatures, buckets,
                               traits.buckets == 0 ? "symbols" : "buckets"));
  for (const double feature : features)
    if (!std::isfinite(feature))
      refuse(traits, fmt::format("bucket_features: {} is not a finite number", feature));
  return features;
}

ModelOracle make_model_oracle(std::shared_ptr<BatchOracle> model, kernels::Walk walk,
                              Correction correction, bool own_masses,
                              std::shared_ptr<std::mutex> in_use) {
  const OracleTraits& traits = model->traits();
  check_traits(traits);
  ModelOracle oracle;
  oracle.alphabet = traits.alphabet;
  oracle.horizon = traits.horizon;
  oracle.own_masses = own_masses;
  oracle.in_use = in_use ? std::move(in_use) : std::make_shared<std::mutex>();
  oracle.thinned = kernels::restarts(walk) && correction == Correction::kReject;
  if (oracle.thinned && !own_masses && traits.ratio_bound.empty())
    throw Error(ErrorKind::kUsage, "correction = reject",
                fmt::format("the oracle \"{}\" states no ratio_bound to reject by", traits.name));
  oracle.end_bits = end_bits_of(traits);
  oracle.model = std::move(model);
  return oracle;
}

std::unique_lock<std::mutex> hold(const BatchOracle& oracle, std::mutex& in_use) {
  std::unique_lock<std::mutex> alone(in_use, std::try_to_lock);
  if (!alone.owns_lock())
    throw Error(ErrorKind::kUsage, fmt::format("the oracle \"{}\" is being asked by another run",
                                               oracle.traits().name));
  return alone;
}

std::uint32_t record_sums(const ModelOracle& oracle) {
  return oracle.own_masses ? kernels::NoPathSums::kRecordWords : kernels::LogPathSums::kRecordWords;
}

}  // namespace wend
