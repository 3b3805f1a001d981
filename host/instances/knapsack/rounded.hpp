#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "host/instances/knapsack/problem.hpp"
#include "host/oracles/knapsack_oracle.hpp"
#include "kernels/views/knapsack.hpp"

namespace wend {

/// Sums q^a + e^v q^b of two powers, rounded to the nearest power of q, as a function of d = a - b
/// alone: the exponent is a + rise(d). Only `span` + 1 differences from `low` on are tabulated:
/// below them the first power, above them the second is a share of the sum too small to matter.
class RoundedSum {
 public:
  RoundedSum(double log_q, double log_value);

  /// Entries that a table takes: as many rows hold an item's step laws.
  static double entries(double log_q, double log_value);

  /// Exponent of the rounded sum; a >= b. Rises with a and with b.
  [[nodiscard]] std::uint32_t operator()(std::uint32_t a, std::uint32_t b) const {
    const std::uint32_t difference = a - b;
    if (difference >= low_ + span_) return a;
    if (difference < low_) return b + low_ + static_cast<std::uint32_t>(rise_.front());
    return a + static_cast<std::uint32_t>(rise_[difference - low_]);
  }

  [[nodiscard]] std::uint32_t low() const { return low_; }
  [[nodiscard]] std::uint32_t span() const { return span_; }
  /// Exponent of the sum beyond a at difference low + entry, entry = 0..span.
  [[nodiscard]] std::int32_t rise(std::uint32_t entry) const { return rise_[entry]; }

 private:
  std::uint32_t low_ = 0;
  std::uint32_t span_ = 0;
  std::vector<std::int32_t> rise_;
};

/// A step function of capacity: exponents[i] from capacities[i] on.
struct RoundedLevel {
  std::vector<std::uint64_t> capacities;
  std::vector<std::uint32_t> exponents;
};

/// Approximate counter for the knapsack: a dynamic program over capacity breakpoints whose masses
/// are rounded to powers of q.
///
/// Let W_i(c) be the mass of the choices among items i..n-1 of weight at most c. From W_n = 1,
///     W_i(c) = W_{i+1}(c) + e^{v_i} W_{i+1}(c - w_i),
/// the last term only where w_i <= c. The counter keeps V_i(c), the nearest power of q to
/// V_{i+1}(c) + e^{v_i} V_{i+1}(c - w_i) on the log scale, as a sorted list of the capacities at
/// which its exponent rises.
///
/// Theorem. With q = kappa^(2/n), W_i / kappa <= V_i <= kappa W_i everywhere, with scale 1, and
/// V_n = W_n = 1 exactly.
/// Proof. If W_{i+1} / r <= V_{i+1} <= r W_{i+1} at both capacities, the unrounded sum is within r
/// of W_i, both terms being so, and rounding moves it by q^(1/2) at most. So V_i is within
/// q^((n-i)/2) <= kappa of W_i. QED
/// Rounding is done in double: a sum's exponent can then be off by 1/2 + 5e-7 in place of 1/2 (the
/// constructor refuses values for which it could be more), so that q is kappa^((2/n)(1 - 1e-6)),
/// which gives back (1 + 1e-6)(1 - 1e-6) < 1. What value / temperature is off by in double is
/// within that, too: an eighth of what the constructor counts.
///
/// The exponents of a level differ, so that it has at most 1 + ln W_i(capacity) / ln q breakpoints:
/// n^3 ln 2 / (4 ln kappa) in all where all choices have mass 1, whatever the weights, of about 25
/// bytes each in the tables. This is the dynamic program of Stefankovic, Vempala & Vigoda (A
/// deterministic polynomial-time approximation scheme for counting knapsack solutions, SIAM J.
/// Comput. 41, 2012; An FPTAS for #Knapsack and related counting problems, with Gopalan, Klivans &
/// Meka, FOCS 2011), who keep for every power the least capacity that reaches it. Dyer (Approximate
/// counting by dynamic programming, STOC 2003) first counted knapsacks by a dynamic program with
/// rounding, of the weights.
class RoundedKnapsack {
 public:
  /// Counts the tables' sizes by running the program once, keeping two levels at a time. `where`
  /// starts messages. kappa > 1. Throws Error(kInput) if the tables do not fit memory or a kernel
  /// could not address them, or if the values are too large. O(breakpoints).
  RoundedKnapsack(KnapsackProblem problem, double kappa, const std::string& where);

  [[nodiscard]] const KnapsackProblem& problem() const { return problem_; }
  [[nodiscard]] double log_q() const { return log_q_; }
  [[nodiscard]] std::uint64_t breakpoints() const { return breakpoints_; }
  /// Rows of the step laws, the root's included, in one direction; items of one value share theirs.
  [[nodiscard]] std::uint64_t rows() const { return rows_; }
  /// Bytes of the tables of all levels, and of the items.
  [[nodiscard]] std::uint64_t table_bytes() const;
  /// Bytes that a run of the program takes: two levels, with their climbs.
  [[nodiscard]] std::uint64_t working_bytes() const {
    return 2 * largest_level_ * (2 * sizeof(std::uint64_t) + sizeof(std::uint32_t));
  }
  /// ln V_0(capacity), the estimate of the total mass.
  [[nodiscard]] double log_total() const { return log_q_ * root_exponent_; }
  [[nodiscard]] const std::vector<kernels::KnapsackItem>& items() const { return items_; }

  /// Most that ln of S/w of an item's rows is off by, in double.
  [[nodiscard]] double log_ratio_error(double log_value) const;

  /// Most that ln of the product of a path's factors w(c)/w(u), as rows are compiled from them, is
  /// off from ln of the leaf's mass. O(items).
  [[nodiscard]] double log_rounding() const;

  /// The tables, built at the first call and shared from then on. Thread-safe.
  /// Throws Error(kRuntime) if memory runs out.
  [[nodiscard]] std::shared_ptr<const KnapsackCounts> tables() const;

  /// The kernel's view over the tables and items, without rows, for as long as the counter lives:
  /// view.exponent(items()[h - 1], c) is the exponent of V_h(c), h = 1..n.
  [[nodiscard]] kernels::KnapsackTables search_view() const;

  /// Runs the program and calls visit(i, V_i) for i = n, n-1, .., 0.
  void for_each_level(
      const std::function<void(std::uint32_t level, const RoundedLevel&)>& visit) const;

 private:
  void place_rows(const std::string& where);
  void place_level(kernels::KnapsackItem& item, const RoundedLevel& values,
                   const std::string& where);

  KnapsackProblem problem_;
  double log_q_ = 0;
  std::uint64_t breakpoints_ = 0;
  std::uint64_t largest_level_ = 0;  ///< in breakpoints
  std::uint64_t buckets_ = 0;        ///< of all levels, in the guide
  std::uint64_t list_words_ = 1;     ///< of steps that share a bucket; never an empty table
  std::uint64_t rows_ = 0;
  std::uint32_t root_exponent_ = 0;
  std::vector<kernels::KnapsackItem> items_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const KnapsackCounts> tables_;
};

}  // namespace wend
