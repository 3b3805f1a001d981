#include "host/run/tour_tail.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

namespace wend {
namespace {

// ln of the likelihood ratio a trial: p ln(p/q) + (1-p) ln((1-p)/(1-q)).
double divergence(double p, double q) {
  const double hit = p > 0 ? p * std::log(p / q) : 0.0;
  const double miss = p < 1 ? (1 - p) * (std::log1p(-p) - std::log1p(-q)) : 0.0;
  return hit + miss;
}

// The probabilities that are as far from the share p as chance allows, trials * divergence being
// `log_odds`; by bisection, always on the safe side.
double upper_limit(double p, double trials, double log_odds) {
  double low = p;
  double high = 1;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (trials * divergence(p, middle) < log_odds ? low : high) = middle;
  }
  return high;
}

double lower_limit(double p, double trials, double log_odds) {
  double low = 0;
  double high = p;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (trials * divergence(p, middle) > log_odds ? low : high) = middle;
  }
  return low;
}

// P(N > n) at every place n of a grid that gets coarser, from 0 to the longest tour.
struct Tail {
  std::vector<double> at;
  std::vector<double> upper;
  std::vector<double> lower;
};

Tail bound_tail(const TourSample& sample, double alpha) {
  Tail tail;
  const double longest = sample.visits.empty() ? 0.0 : sample.visits.back();
  for (double n = 0; tail.at.empty() || tail.at.back() < longest;
       n = std::max(n + 1, std::floor(n * 1.08)))
    tail.at.push_back(n);
  const auto trials = static_cast<double>(sample.visits.size() + sample.unfinished);
  for (const double n : tail.at) {
    // Place k, however many there are, may fail with alpha / ((k + 1) (k + 2)), half each way.
    const auto k = static_cast<double>(tail.upper.size());
    const double log_odds = std::log(2 * (k + 1) * (k + 2) / alpha);
    const auto above = static_cast<std::uint64_t>(
        sample.visits.end() - std::upper_bound(sample.visits.begin(), sample.visits.end(), n,
                                               [](double x, std::uint32_t y) { return x < y; }));
    const double share = static_cast<double>(above + sample.unfinished) / trials;
    tail.upper.push_back(upper_limit(share, trials, log_odds));
    tail.lower.push_back(lower_limit(static_cast<double>(above) / trials, trials, log_odds));
  }
  return tail;
}

}  // namespace

std::optional<TourVisits> visits_from_tours(const TourSample& sample, double relaxation,
                                            double delta, double alpha) {
  if (sample.visits.empty()) return std::nullopt;
  const Tail tail = bound_tail(sample, alpha);
  const std::size_t places = tail.at.size();
  // E N = sum over n >= 0 of P(N > n), which falls.
  double mean = tail.lower[0];
  for (std::size_t k = 1; k < places; ++k) mean += (tail.at[k] - tail.at[k - 1]) * tail.lower[k];
  if (!(mean > 0)) return std::nullopt;
  const double allowed = delta * mean;

  // Sum over n >= at[k], at most: from the last place on geometric, before it place by place.
  std::vector<double> rest(places);
  for (std::size_t k = places; k-- > 0;) {
    rest[k] = tail.upper[k] * relaxation;
    if (k + 1 < places)
      rest[k] = std::min(rest[k], (tail.at[k + 1] - tail.at[k]) * tail.upper[k] + rest[k + 1]);
  }
  double best = std::numeric_limits<double>::infinity();
  // The first K within what is allowed, if it lies between two places.
  for (std::size_t k = 0; k + 1 < places; ++k) {
    if (rest[k + 1] > allowed) continue;
    const double ahead = std::floor((allowed - rest[k + 1]) / tail.upper[k]);
    best = std::max(tail.at[k], tail.at[k + 1] - ahead);
    break;
  }
  const bool resolved = std::isfinite(best);
  // Or from any place on, geometrically.
  const double log_kept = std::log1p(-1 / relaxation);
  for (std::size_t k = 0; k < places; ++k) {
    const double further =
        rest[k] > allowed ? std::ceil(std::log(allowed / rest[k]) / log_kept) : 0.0;
    best = std::min(best, tail.at[k] + further);
  }
  return TourVisits{std::max(1.0, best), resolved};
}

void add_sorted(std::vector<std::uint32_t>& visits, std::span<const ChainTours> round) {
  const auto sorted = static_cast<std::ptrdiff_t>(visits.size());
  for (const ChainTours& chain : round)
    visits.insert(visits.end(), chain.visits.begin(), chain.visits.end());
  std::sort(visits.begin() + sorted, visits.end());
  std::inplace_merge(visits.begin(), visits.begin() + sorted, visits.end());
}

}  // namespace wend
