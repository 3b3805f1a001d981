#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace wend {

/// Buckets' features as regressions take them: 1, and the features with mean 0 and variance 1 over
/// all buckets.
class FeatureDesign {
 public:
  /// `features`: F numbers of each of `buckets`, one bucket's after the other's.
  FeatureDesign(std::span<const double> features, std::size_t buckets);

  [[nodiscard]] std::size_t buckets() const { return numbers_.size() / columns_; }
  [[nodiscard]] std::size_t columns() const { return columns_; }  ///< F + 1
  /// buckets x columns.
  [[nodiscard]] std::span<const double> numbers() const { return numbers_; }
  /// Whether more kinds of bucket are told apart than a linear function has numbers, those of
  /// features that differ: of fewer it may say anything, unless features repeat each other.
  [[nodiscard]] bool says_more_than_linear() const;

 private:
  std::size_t columns_;
  std::vector<double> numbers_;
};

}  // namespace wend
