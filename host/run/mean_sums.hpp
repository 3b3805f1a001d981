#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "host/instances/instance.hpp"
#include "host/run/ratio_sums.hpp"
#include "wend/means.hpp"

namespace wend {

/// Leaves that were visited, tour after tour, as columns.
struct TourBatch {
  std::vector<std::uint32_t> visits;   ///< of each tour
  std::uint64_t leaves = 0;            ///< sum of those
  std::vector<std::uint32_t> symbols;  ///< [h * leaves + v]: symbol number h of leaf v
  std::vector<double> log_mass;        ///< of each leaf; empty where it is not asked for
  std::vector<double> weight;          ///< of each leaf; empty: all 1

  /// Sets the sizes; `symbols` has room for `horizon` columns.
  void resize(std::uint64_t leaf_count, std::uint32_t horizon, bool with_mass, bool with_weight);
};

/// The sums that all asked means are made from. No number depends on how many threads add: each
/// column of a batch is one thread's, tour after tour.
class MeanSums {
 public:
  /// `log_scale`: ln of what the mean weight of a tour is multiplied by to give Z.
  MeanSums(const InstanceFacts& facts, const MeansOptions& options, double log_scale);

  /// Bytes of the sums and results.
  static std::uint64_t bytes(const InstanceFacts& facts, const MeansOptions& options);

  /// O(leaves * H), in parallel.
  void add(const TourBatch& batch);
  /// In place of what it was made with.
  void set_log_scale(double log_scale) { log_scale_ = log_scale; }

  [[nodiscard]] const TourTotals& totals() const { return totals_; }
  /// False while too little has been seen to say anything: no leaf, or less than two tours.
  [[nodiscard]] bool says_something() const { return totals_.tours >= 2 && totals_.weight > 0; }
  [[nodiscard]] Mean log_z() const { return log_mean_weight(totals_, log_scale_); }
  /// Largest ratio of a standard error to what `relative_error` allows.
  [[nodiscard]] double excess(double relative_error) const;
  /// Fills in all means that are asked for.
  void finish(MeansResult& result) const;

 private:
  [[nodiscard]] bool asks(MeanOf of) const;
  void add_totals(const TourBatch& batch);
  void add_column(const TourBatch& batch, const std::uint32_t* column, std::span<RatioSums> sums);
  void add_occurrences(const TourBatch& batch);
  [[nodiscard]] Mean log_mass() const;

  const InstanceFacts& facts_;
  const MeansOptions& options_;
  double log_scale_;
  TourTotals totals_;
  double mass_origin_ = 0;  ///< log-masses are summed less this one, the first: little cancels
  RatioSums log_mass_;
  RatioSums length_;
  std::vector<RatioSums> marginals_;
  std::vector<RatioSums> symbols_;
};

}  // namespace wend
