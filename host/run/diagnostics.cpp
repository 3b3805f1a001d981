#include "wend/diagnostics.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace wend {
namespace {

/// Sequences of `size` values each; the k-th begins at starts[k].
struct Sequences {
  std::vector<const double*> starts;
  std::uint64_t size = 0;
};

// Halves of every chain (an odd chain's middle draw is left out), or the whole chains where they
// are too short to be halved.
Sequences split(std::span<const double> draws, std::uint64_t length) {
  const bool halve = length >= 4;
  Sequences sequences;
  sequences.size = halve ? length / 2 : length;
  const std::uint64_t chains = draws.size() / length;
  for (std::uint64_t chain = 0; chain < chains; ++chain) {
    const double* first = draws.data() + chain * length;
    sequences.starts.push_back(first);
    if (halve) sequences.starts.push_back(first + (length - sequences.size));
  }
  return sequences;
}

struct Moments {
  double within = 0;   ///< mean of the sequences' variances, W
  double between = 0;  ///< variance of the sequences' means, B / n
};

double variance(std::span<const double> values, double mean) {
  if (values.size() < 2) return 0;
  double sum = 0;
  for (const double value : values) sum += (value - mean) * (value - mean);
  return sum / static_cast<double>(values.size() - 1);
}

// A mean that is exact for equal values, so that a constant sequence has variance zero.
double mean(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value - values.front();
  return values.front() + sum / static_cast<double>(values.size());
}

Moments moments(const Sequences& sequences) {
  std::vector<double> means;
  means.reserve(sequences.starts.size());
  Moments result;
  for (const double* start : sequences.starts) {
    const std::span<const double> values(start, sequences.size);
    means.push_back(mean(values));
    result.within += variance(values, means.back());
  }
  result.within /= static_cast<double>(sequences.starts.size());
  result.between = variance(means, mean(means));
  return result;
}

// BDA3's over-estimate of the variance, var+ = (n-1)/n W + B/n.
double pooled_variance(const Moments& m, std::uint64_t size) {
  const auto n = static_cast<double>(size);
  return (n - 1) / n * m.within + m.between;
}

bool usable(std::span<const double> draws, std::uint64_t length) {
  if (length == 0 || draws.size() < length) return false;
  const bool finite =
      std::all_of(draws.begin(), draws.end(), [](double value) { return std::isfinite(value); });
  return finite && std::any_of(draws.begin(), draws.end(),
                               [&](double value) { return value != draws.front(); });
}

// Mean squared difference of values `lag` apart, BDA3's variogram V_t.
double variogram(const Sequences& sequences, std::uint64_t lag) {
  const std::uint64_t pairs = sequences.size - lag;
  double total = 0;
  for (const double* start : sequences.starts) {
    // Four sums, so that the additions overlap.
    std::array<double, 4> sums{};
    std::uint64_t i = 0;
    for (; i + 4 <= pairs; i += 4) {
      for (std::uint64_t k = 0; k < 4; ++k) {
        const double difference = start[i + k + lag] - start[i + k];
        sums[k] += difference * difference;
      }
    }
    for (; i < pairs; ++i) {
      const double difference = start[i + lag] - start[i];
      sums[0] += difference * difference;
    }
    total += (sums[0] + sums[1]) + (sums[2] + sums[3]);
  }
  return total / (static_cast<double>(sequences.starts.size()) * static_cast<double>(pairs));
}

// 1 + 2 sum of rho_t = 1 - V_t / (2 var+), over Geyer's initial monotone positive sequence: the
// sums of neighbours rho_2k + rho_2k+1 are taken while positive, each at most the one before it.
double raw_autocorrelation_time(std::span<const double> draws, std::uint64_t length) {
  const Sequences sequences = split(draws, length);
  const double pooled = pooled_variance(moments(sequences), sequences.size);
  const auto rho = [&](std::uint64_t lag) {
    return lag == 0 ? 1.0 : 1.0 - variogram(sequences, lag) / (2 * pooled);
  };
  double sum = 0;
  double previous = std::numeric_limits<double>::infinity();
  for (std::uint64_t lag = 0; lag < sequences.size; lag += 2) {
    const double next = lag + 1 < sequences.size ? rho(lag + 1) : 0.0;
    const double pair = std::min(previous, rho(lag) + next);
    if (!(pair > 0)) break;
    sum += pair;
    previous = pair;
  }
  return 2 * sum - 1;
}

}  // namespace

std::optional<double> split_rhat(std::span<const double> draws, std::uint64_t length) {
  if (length < 4 || !usable(draws, length)) return std::nullopt;
  const Sequences halves = split(draws, length);
  const Moments m = moments(halves);
  if (m.within + m.between == 0) return std::nullopt;  // only a middle draw differs
  // Sequences that are constant, but not all the same, never mixed: infinity.
  return std::sqrt(pooled_variance(m, halves.size) / m.within);
}

std::optional<double> effective_sample_size(std::span<const double> draws, std::uint64_t length) {
  if (!usable(draws, length)) return std::nullopt;
  return static_cast<double>(draws.size()) / autocorrelation_time(draws, length);
}

double autocorrelation_time(std::span<const double> draws, std::uint64_t length) {
  if (!usable(draws, length)) return 1;
  return std::max(1.0, raw_autocorrelation_time(draws, length));
}

}  // namespace wend
