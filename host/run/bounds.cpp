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

double real_visits(double relaxation, double kappa, std::uint32_t horizon, double delta) {
  check_accuracy(kappa, horizon);
  check_delta(delta);
  if (!(relaxation >= 0.0)) {
    throw Error(ErrorKind::kUsage, fmt::format("relaxation time: {} is not >= 0", relaxation));
  }
  // Logarithms of the factors, since neither kappa * H nor 1 / (2 delta) need be finite. The sum is
  // negative only where the first visit is within delta already (kappa H < 4 delta^2).
  const double times = std::max(
      0.0, (std::log(kappa) + std::log(static_cast<double>(horizon))) / 2 - std::log(2 * delta));
  return 1.0 + std::ceil(relaxation * times);
}

}  // namespace

double proven_visits_real(double kappa, std::uint32_t horizon, double delta) {
  return real_visits(steps_per_visit_bound(kappa, horizon), kappa, horizon, delta);
}

std::uint32_t proven_visits(double kappa, std::uint32_t horizon, double delta) {
  return visits_from_relaxation(steps_per_visit_bound(kappa, horizon), kappa, horizon, delta);
}

std::uint32_t visits_from_relaxation(double relaxation, double kappa, std::uint32_t horizon,
                                     double delta) {
  const double visits = real_visits(relaxation, kappa, horizon, delta);
  if (!(visits <= static_cast<double>(std::numeric_limits<std::uint32_t>::max()))) {
    throw Error(
        ErrorKind::kUsage,
        fmt::format("visits: kappa {}, horizon {} and delta {} ask for {:.3g} leaf visits a "
                    "sample, more than 2^32 - 1",
                    kappa, horizon, delta, visits));
  }
  return static_cast<std::uint32_t>(visits);
}

double steps_per_visit_bound(double kappa, std::uint32_t horizon) {
  check_accuracy(kappa, horizon);
  return 2 * kappa * static_cast<double>(horizon);
}

double rounding_distance(double kappa, std::uint32_t alphabet, std::uint32_t horizon) {
  check_accuracy(kappa, horizon);
  return std::ldexp(
      64 * kappa * kappa * static_cast<double>(alphabet) * static_cast<double>(horizon), -32);
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
