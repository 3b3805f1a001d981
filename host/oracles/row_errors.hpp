#pragma once

#include <cmath>
#include <cstdint>

namespace wend {

/// What rows of integers over 2^32 take from a law that is right, to first order: relative errors,
/// for either walk, of the factors whose product along a path is a leaf's mass. An outcome is off
/// by 2 units and alphabet + 1 times its share at most, but the largest one, which gets what
/// rounding leaves, by `alphabet` more. docs/design.md, "Integer rows", has the proof.
class RowErrors {
 public:
  explicit RowErrors(std::uint32_t alphabet) : symbols_(alphabet) {}

  /// Of going down to a child of this mass, times its mass; `mass_by_share`: mass times
  /// (w(u) + S(u)) / w(c).
  [[nodiscard]] double down(double mass, double mass_by_share, bool largest) const {
    return kUnit * ((largest ? 2 + symbols_ : 2) * mass_by_share + (1 + symbols_) * mass);
  }
  /// Of coming up from a node of estimate `own` whose children's sum to `below`.
  [[nodiscard]] double up(double own, double below) const {
    return (2 + symbols_) * kUnit * (1 + below / own);
  }
  /// Of the lifted walk's turns down at such a node.
  [[nodiscard]] double turn(double own, double below) const {
    return (2 + symbols_) * kUnit * (below / own);
  }

 private:
  static constexpr double kUnit = 0x1p-32;
  double symbols_;
};

/// ln of the least probability of an integer row to go up where the lifted walk, arrived from
/// below, does so with min(1, w/S), of which this is the logarithm: outcomes keep their share of
/// all units but one an outcome. -ln(1 - x) <= x + x^2 up to x = 1/2; some more is left for the
/// rounding of w/S in double.
inline double log_least_rise(double log_ratio, std::uint32_t alphabet) {
  const double lost = 0x1p-32 * (alphabet + 3.0);
  return (log_ratio < 0 ? log_ratio : 0.0) - lost * (1 + lost);
}

}  // namespace wend
