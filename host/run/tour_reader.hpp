#pragma once

#include <cstdint>
#include <optional>

#include "host/engines/tours.hpp"
#include "host/instances/instance.hpp"
#include "host/run/mean_sums.hpp"

namespace wend {

/// Reads the leaves that tours have visited: their symbols, masses and, given what to divide them
/// by, importance weights.
class TourReader {
 public:
  /// `log_scale`: ln of the scale of the sequential sampler's weights; nullopt: none. All must
  /// outlive the reader.
  TourReader(const Instance& instance, const Oracle& oracle, bool with_mass,
             std::optional<double> log_scale, unsigned threads);

  /// Bytes that one leaf takes, its record included.
  [[nodiscard]] std::uint64_t leaf_bytes() const;

  /// A round's tours, chain after chain; valid until the next call. O(leaves * H), in parallel.
  /// Throws Error(kRuntime) for a weight beyond the doubles.
  const TourBatch& read(std::span<const ChainTours> tours);

 private:
  void read_leaf(const std::uint32_t* record, std::uint64_t leaf, std::span<std::uint32_t> symbols);

  const Instance& instance_;
  const Oracle& oracle_;
  bool sums_in_records_;  // of a model's
  bool with_mass_;
  std::optional<double> log_scale_;
  unsigned threads_;
  TourBatch batch_;
};

}  // namespace wend
