#pragma once

#include <cstdint>
#include <vector>

namespace wend {

/// What the children of a node are weighted by: exponent * ln of the base's ratio, and where asked
/// for ln V(c)/V(u) and the bound of a child at its depth.
struct RowWeights {
  double exponent = 1;
  bool with_values = false;
  std::vector<double> log_bounds;  ///< log_bounds(); empty: without
};

/// A node as the base and the potentials answered, and the weights that its children are drawn by.
/// The weights are on a scale of the row's own.
class PrefixRow {
 public:
  /// Bytes of one of `alphabet` symbols.
  static std::uint64_t bytes(std::uint32_t alphabet) {
    return sizeof(PrefixRow) + std::uint64_t{alphabet} * (2 * sizeof(float) + sizeof(double));
  }

  /// `log_ratio`, `log_value`: of each child, ln V being the sum over the potentials, or none if
  /// there are none. Throws nothing; O(A).
  PrefixRow(std::vector<float> log_ratio, std::vector<float> log_value, float own_value);

  /// `leaf(c)`: whether child c of this node at `depth` is one. O(A).
  template <class Leaf>
  void weigh(const RowWeights& weights, std::uint32_t depth, const Leaf& leaf) {
    for (std::uint32_t c = 0; c < alphabet(); ++c) {
      double log = log_weight(weights, c);
      if (!weights.log_bounds.empty() && !leaf(c)) log += weights.log_bounds[depth + 1];
      mass_[c] = log;
    }
    from_logs();
  }

  [[nodiscard]] std::uint32_t alphabet() const {
    return static_cast<std::uint32_t>(log_ratio_.size());
  }
  [[nodiscard]] double log_ratio(std::uint32_t c) const {
    return static_cast<double>(log_ratio_[c]);
  }
  /// ln V of a child, and of the node.
  [[nodiscard]] double log_value(std::uint32_t c) const {
    return log_value_.empty() ? 0.0 : static_cast<double>(log_value_[c]);
  }
  [[nodiscard]] double own_value() const { return static_cast<double>(own_value_); }
  /// ln of a child's weight without bounds: the same until the end.
  [[nodiscard]] double log_weight(const RowWeights& weights, std::uint32_t c) const;

  /// Sum of the weights; 0 if no child has any.
  [[nodiscard]] double total() const { return total_; }
  /// ln of it; -inf.
  [[nodiscard]] double log_total() const;
  /// ln of what is now the weight of a child.
  [[nodiscard]] double log_mass(std::uint32_t c) const;
  /// The child that `unit` in [0, 1) falls to, in the order of the symbols: never one of no weight.
  /// total() > 0. O(A).
  [[nodiscard]] std::uint32_t pick(double unit) const;

  /// Another weight for a child, -inf for none. The total is summed anew, so that what is left when
  /// all is taken out is 0 exactly. O(A).
  void set(std::uint32_t c, double log_weight);

 private:
  void from_logs();
  void sum();

  std::vector<float> log_ratio_;
  std::vector<float> log_value_;
  float own_value_;
  std::vector<double> mass_;  // e^(log weight - scale)
  double scale_ = 0;
  double total_ = 0;
};

}  // namespace wend
