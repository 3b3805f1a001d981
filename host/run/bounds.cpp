#include "wend/bounds.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "wend/error.hpp"

namespace wend {
namespace {

void check_accuracy(double kappa, std::uint32_t horizon) {
  if (!(kappa >= 1.0) || !std::isfinite(kappa)) {
    throw Error(ErrorKind::kUsage, fmt::format("kappa: {} is not a finite number >= 1", kappa));
  }
  if (horizon == 0) throw Error(ErrorKind::kUsage, "horizon: 0 is not >= 1");
}

void check_delta(double delta) {
  if (!(delta > 0.0 && delta < 1.0)) {
    throw Error(ErrorKind::kUsage, fmt::format("delta: {} is not between 0 and 1", delta));
  }
}

/// The most phases of a version space, as a real number.
double most_phases(std::uint64_t members) {
  if (members == 0) throw Error(ErrorKind::kUsage, "members: 0 is not >= 1");
  return std::log2(static_cast<double>(members)) + 1;
}

}  // namespace

double relaxation_bound(std::span<const double> kappa_by_depth) {
  if (kappa_by_depth.empty()) throw Error(ErrorKind::kUsage, "horizon: 0 is not >= 1");
  double sum = 0;
  for (const double kappa : kappa_by_depth) {
    if (!(kappa > 0.0)) throw Error(ErrorKind::kUsage, fmt::format("kappa: {} is not > 0", kappa));
    sum += kappa;
  }
  return std::max(1.0, sum);
}

double relaxation_bound(double kappa, std::uint32_t horizon) {
  check_accuracy(kappa, horizon);
  return kappa * (static_cast<double>(horizon) - 1) + 1;
}

double proven_visits_real(double relaxation, double delta) {
  check_delta(delta);
  if (!(relaxation >= 1.0))
    throw Error(ErrorKind::kUsage, fmt::format("relaxation time: {} is not >= 1", relaxation));
  // -ln(1 - 1/relaxation): infinite where the first visit forgets all.
  return std::max(1.0, std::ceil(std::log(delta) / std::log1p(-1 / relaxation)));
}

std::uint32_t proven_visits(double relaxation, double delta) {
  const double visits = proven_visits_real(relaxation, delta);
  if (!(visits <= static_cast<double>(std::numeric_limits<std::uint32_t>::max()))) {
    throw Error(ErrorKind::kUsage,
                fmt::format("visits: {:.6g} visits to relax and delta {} ask for {:.3g} leaf "
                            "visits a sample, more than 2^32 - 1",
                            relaxation, delta, visits));
  }
  return static_cast<std::uint32_t>(visits);
}

double rounding_distance(std::span<const double> kappa_by_depth,
                         std::span<const double> excess_by_depth, std::uint32_t alphabet) {
  const double symbols = alphabet;
  const std::size_t depths = kappa_by_depth.size();
  // Above the root there is nothing, below the leaves neither.
  const auto at = [&](std::span<const double> by_depth, std::size_t depth) {
    return depth == 0 || depth > depths ? 0.0 : by_depth[depth - 1];
  };
  const auto kappa = [&](std::size_t depth) { return at(kappa_by_depth, depth); };
  const auto excess = [&](std::size_t depth) { return at(excess_by_depth, depth); };
  double sum = 0;
  for (std::size_t h = 0; h < depths; ++h)
    sum += 3 * symbols * kappa(h + 1) * (excess(h) + excess(h + 1)) +
           (symbols + 2) * (1 + kappa(h + 1) * excess(h + 2) + kappa(h) * excess(h + 1));
  return std::ldexp(sum, -31);
}

double rounding_distance(std::span<const double> kappa_by_depth, std::uint32_t alphabet) {
  return rounding_distance(kappa_by_depth, kappa_by_depth, alphabet);
}

std::uint64_t paths_to_certify(double kappa, std::uint64_t members, double delta) {
  check_accuracy(kappa, 1);
  check_delta(delta);
  const double half = delta / 2;
  // log2 members + 1 >= 1 > half: the logarithm is positive. A difference, since the quotient need
  // not be finite.
  const double paths =
      std::ceil(2 * kappa * kappa / half * (std::log(most_phases(members)) - std::log(half)));
  if (!(paths <= 0x1p53)) {
    throw Error(ErrorKind::kUsage, "delta",
                fmt::format("kappa {}, {} members and delta {} ask for {:.3g} paths to "
                            "certify, more than 2^53",
                            kappa, members, delta, paths));
  }
  return static_cast<std::uint64_t>(paths);
}

double elimination_queries_bound(std::uint32_t alphabet, std::uint32_t horizon,
                                 std::uint64_t members, std::uint64_t paths) {
  return static_cast<double>(alphabet) * static_cast<double>(horizon) * static_cast<double>(paths) *
         most_phases(members);
}

}  // namespace wend
