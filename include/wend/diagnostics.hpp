#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace wend {

/// Convergence figures of one observable.
struct ObservableDiagnostics {
  std::optional<double> split_rhat;         ///< needs >= 4 draws a chain and some variance
  std::optional<double> effective_samples;  ///< over all draws
};

struct Diagnostics {
  ObservableDiagnostics log_mass;
  ObservableDiagnostics first_symbol;
  /// Of the lower of the two sizes; with importance weights, of weighted_effective_samples.
  std::optional<double> queries_per_effective_sample;
  /// With importance weights: (sum w)^2 / sum w^2 over all draws (Kish).
  std::optional<double> weighted_effective_samples;
  std::uint64_t draws_used = 0;  ///< draws that these figures look at: at most 2^22
};

/// Split R-hat (Gelman et al., BDA3, 11.4): each chain's draws in two halves, the potential scale
/// reduction over the 2m halves. `draws`: chains of `length` consecutive values, one after the
/// other. nullopt if length < 4 or the values do not vary.
std::optional<double> split_rhat(std::span<const double> draws, std::uint64_t length);

/// Effective sample size over all chains (BDA3 11.5, Geyer's initial monotone positive sequence),
/// at most draws.size(). nullopt if the values do not vary. O(size * lags needed).
std::optional<double> effective_sample_size(std::span<const double> draws, std::uint64_t length);

/// Integrated autocorrelation time, 1 + 2 sum rho_k, in draws; >= 1. 1 if the values do not vary.
double autocorrelation_time(std::span<const double> draws, std::uint64_t length);

}  // namespace wend
