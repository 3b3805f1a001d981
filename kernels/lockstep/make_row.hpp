#pragma once

#include <cstdint>

#include "kernels/lanes/scalar.hpp"
#include "kernels/lockstep/log_mass.hpp"
#include "kernels/lockstep/path_sums.hpp"
#include "kernels/walk/rule.hpp"
#include "kernels/walk/unit_rows.hpp"
#include "kernels/walk/walk.hpp"

// From what an oracle answers of a node to the words that chains walk on: checked, and compiled by
// the rule and to the units that tables have. For whoever owns the row: a thread of the host's, or
// a block on a GPU. The group (SoloRowGroup, BlockRowGroup) takes sums in kernels::ordered_sum's
// order, so that all of them come to the same words.
namespace wend::kernels {

/// What the rows of a run have in common.
struct RowPlan {
  Walk walk;
  bool has_logs;    ///< the oracle answers RowKind::kLogRatio
  bool keeps_sums;  ///< log ratios and ln( S/w ) stand behind a node's rows
  bool thinned;     ///< proposals are kept with the probabilities that the oracle gives, or bounds
  std::uint32_t alphabet;
  std::uint32_t horizon;
  std::uint32_t slot_bits;   ///< of UnitRows; 0: A <= 4 and CumulativeRows
  std::uint32_t row_words;   ///< of one row; a node has rows_per_node(walk)
  double most_log;           ///< |ln( S/w )| at most, by the stated kappa; or infinite
  double most_log_last;      ///< the same of nodes whose children are leaves
  const double* bounds;      ///< largest S/w by depth, or null
  const double* below;       ///< by depth: the product of 1/bound over the depths below
  const std::uint32_t* end;  ///< a bit a symbol that ends a sequence; null if none does
};

/// An oracle's answer.
struct RowSource {
  const float* logs;     ///< A of them, or null
  const double* masses;  ///< A of them, or null
  double own;            ///< w(u), with masses
  const double* kept;    ///< A probabilities where the oracle gives them, or null
};

enum class RowFault : std::uint32_t {
  kNone,
  kLog,          ///< of a child, not below infinity
  kMass,         ///< of a child, negative or not finite
  kOwnMass,      ///< negative or not finite
  kNoOwnMass,    ///< 0, where ln( S/w ) is wanted
  kDeadRoot,     ///< no child of the root has mass
  kInfiniteSum,  ///< of the children's masses
  kBrokenKappa,  ///< by ln( S/w ) = value
  kBrokenBound   ///< by S/w = value
};

struct RowVerdict {
  RowFault fault;
  std::uint32_t symbol;  ///< of kLog and kMass
  double value;          ///< that is wrong
};

/// Whether the children's masses are more than what is stated allows below the root; what float
/// rounds off is let pass.
WEND_HD bool breaks_bound(const RowPlan& plan, std::uint32_t depth, double sum, double own) {
  return plan.bounds != nullptr && sum / own > plan.bounds[depth] * (1 + 1e-6);
}

/// Numbers of a node on one scale.
struct RowMasses {
  double own;  ///< 0 at the root
  double sum;  ///< over the children
  double log_sum;
};

/// The largest weight times this is in [1, 2), or near it at the ends: sums do not overflow, and
/// nothing is rounded.
WEND_HD double scale_near_one(double largest) {
  std::uint64_t bits;
  __builtin_memcpy(&bits, &largest, sizeof bits);
  const std::uint64_t exponent = bits >> 52U;
  const std::uint64_t wanted = exponent == 0 ? 2046 : 2046 - exponent;
  // 2^-1023, for the largest numbers, is no normal one.
  bits = wanted == 0 ? std::uint64_t{1} << 51U : wanted << 52U;
  double scale;
  __builtin_memcpy(&scale, &bits, sizeof scale);
  return scale;
}

/// Makes one node's words. `children` has room for A numbers, `weights` for A + 1, for the group
/// alone; all of its threads call, and all get the verdict: unless there is a fault, the words are
/// written when the group meets next. kAlphabet: A where it is known before, or 0.
/// O(A / group + log A).
template <class Group, std::uint32_t kAlphabet = 0>
class RowBuilder {
 public:
  WEND_HD RowBuilder(const Group& group, const RowPlan& plan, double* children, double* weights)
      : group_(group), plan_(plan), children_(children), weights_(weights) {}

  /// Whether a node may have this answer: what make() looks at before it makes anything. Leaves the
  /// children's masses in `children`, on the scale of `row`.
  WEND_HD RowVerdict check(const RowSource& source, std::uint32_t depth, RowMasses& row) const {
    const RowVerdict verdict =
        plan_.has_logs ? take_logs(source, depth, row) : take_masses(source, depth, row);
    if (verdict.fault != RowFault::kNone) return verdict;
    if (plan_.keeps_sums && depth != 0) {
      const double most = depth + 1 == plan_.horizon ? plan_.most_log_last : plan_.most_log;
      if (!(row.log_sum <= most && row.log_sum >= -most))
        return {RowFault::kBrokenKappa, 0, row.log_sum};
    }
    if (depth != 0 && breaks_bound(plan_, depth, row.sum, row.own))
      return {RowFault::kBrokenBound, 0, row.sum / row.own};
    return verdict;
  }

  WEND_HD RowVerdict make(const RowSource& source, std::uint32_t depth, std::uint32_t* node) const {
    RowMasses row{};
    const RowVerdict verdict = check(source, depth, row);
    if (verdict.fault != RowFault::kNone) return verdict;
    const Thinning thinning = plan_.thinned ? thin(source, depth, row) : Thinning{};
    double rejected = 0;
    if (plan_.thinned)
      rejected = group_.sum(alphabet(), [&](std::uint32_t c) {
        return ScalarF64::multiply(children_[c], ScalarF64::add(1.0, -thinning.kept_of(c)));
      });
    for (std::uint32_t r = 0; r < rows_per_node(plan_.walk); ++r) {
      const StepLaw law = step_law(plan_.walk, r == 1, row.own, row.sum, rejected);
      write_row(law, thinning, node + r * row_words());
    }
    if (plan_.keeps_sums)
      write_sums(source, depth, row, node + rows_per_node(plan_.walk) * row_words());
    return verdict;
  }

 private:
  /// The probability of keeping a proposal of a child.
  struct Thinning {
    const double* given = nullptr;  ///< by the oracle, or null: by bounds
    double share = 1;
    double share_at_end = 1;
    const std::uint32_t* end = nullptr;

    [[nodiscard]] WEND_HD double kept_of(std::uint32_t c) const {
      if (given != nullptr) return given[c];
      const bool ends = end != nullptr && ((end[c >> 5U] >> (c & 31U)) & 1U) != 0;
      return ends ? share_at_end : share;
    }
  };

  // w(u) itself has the logarithm 0; the root has no parent to go to.
  WEND_HD RowVerdict take_logs(const RowSource& source, std::uint32_t depth, RowMasses& row) const {
    constexpr double kMost = 1.7976931348623157e308;
    const float* logs = source.logs;
    const std::uint32_t wrong =
        group_.first_where(alphabet(), [logs](std::uint32_t c) { return !(logs[c] < kMost); });
    if (wrong < alphabet()) return {RowFault::kLog, wrong, static_cast<double>(logs[wrong])};
    double largest = group_.maximum(
        alphabet(), [logs](std::uint32_t c) { return static_cast<double>(logs[c]); });
    if (depth != 0 && !(largest > 0)) largest = 0;
    if (largest < -kMost) return {RowFault::kDeadRoot, 0, 0};
    for (std::uint32_t c = group_.rank(); c < alphabet(); c += Group::kSize)
      children_[c] = mass_of_log(static_cast<double>(logs[c]) - largest);
    row.own = depth == 0 ? 0.0 : mass_of_log(-largest);
    row.sum = sum_of_children();
    if (plan_.keeps_sums) row.log_sum = log_of_mass(row.sum) + largest;
    return {RowFault::kNone, 0, 0};
  }

  WEND_HD RowVerdict take_masses(const RowSource& source, std::uint32_t depth,
                                 RowMasses& row) const {
    constexpr double kMost = 1.7976931348623157e308;
    row.own = depth == 0 ? 0.0 : source.own;
    if (!(row.own >= 0 && row.own <= kMost)) return {RowFault::kOwnMass, 0, row.own};
    const double* masses = source.masses;
    const std::uint32_t wrong = group_.first_where(
        alphabet(), [masses](std::uint32_t c) { return !(masses[c] >= 0 && masses[c] <= kMost); });
    if (wrong < alphabet()) return {RowFault::kMass, wrong, masses[wrong]};
    for (std::uint32_t c = group_.rank(); c < alphabet(); c += Group::kSize)
      children_[c] = masses[c];
    row.sum = sum_of_children();
    if (depth == 0 && !(row.sum > 0)) return {RowFault::kDeadRoot, 0, 0};
    if (!(row.sum <= kMost)) return {RowFault::kInfiniteSum, 0, row.sum};
    if (!plan_.keeps_sums) return {RowFault::kNone, 0, 0};
    if (depth != 0 && !(row.own > 0)) return {RowFault::kNoOwnMass, 0, 0};
    row.log_sum = log_of_mass(row.sum) - (depth == 0 ? 0.0 : log_of_mass(row.own));
    return {RowFault::kNone, 0, 0};
  }

  WEND_HD double sum_of_children() const {
    const double* children = children_;
    return group_.sum(alphabet(), [children](std::uint32_t c) { return children[c]; });
  }

  WEND_HD Thinning thin(const RowSource& source, std::uint32_t depth, const RowMasses& row) const {
    Thinning thinning;
    if (source.kept != nullptr && plan_.bounds == nullptr) {
      thinning.given = source.kept;
      return thinning;
    }
    const double share = depth == 0 ? 1 : row.sum / row.own / plan_.bounds[depth];
    thinning.share = share < 1 ? share : 1;
    // A sequence that ends here is spared the rejections further down, and so is thinned for them.
    thinning.share_at_end = ScalarF64::multiply(thinning.share, plan_.below[depth]);
    thinning.end = plan_.end;
    return thinning;
  }

  WEND_HD void write_row(const StepLaw& law, const Thinning& thinning, std::uint32_t* words) const {
    const std::uint32_t outcomes = alphabet() + 1;
    double* weights = weights_;
    if (plan_.thinned) {
      for (std::uint32_t c = group_.rank(); c < alphabet(); c += Group::kSize)
        weights[1 + c] = ScalarF64::multiply(ScalarF64::multiply(children_[c], law.child_scale),
                                             thinning.kept_of(c));
    } else {
      for (std::uint32_t c = group_.rank(); c < alphabet(); c += Group::kSize)
        weights[1 + c] = ScalarF64::multiply(children_[c], law.child_scale);
    }
    if (group_.rank() == 0) weights[0] = law.up;
    group_.sync();  // the last share of the weights is another thread's than that of the children
    const double scale =
        scale_near_one(group_.maximum(outcomes, [weights](std::uint32_t i) { return weights[i]; }));
    std::uint64_t positive = 0;
    for (std::uint32_t i = group_.rank(); i < outcomes; i += Group::kSize) {
      const double weight = weights[i];
      const double scaled = ScalarF64::multiply(weight, scale);
      // What has mass must not lose it to underflow.
      const double at_least = scaled > 2.2250738585072014e-308 ? scaled : 2.2250738585072014e-308;
      weights[i] = weight > 0 ? at_least : 0.0;
      positive += weight > 0 ? 1U : 0U;
    }
    const std::uint64_t units = slot_bits() == 0 ? 0xFFFFFFFFU : std::uint64_t{1} << 32U;
    const double total = group_.sum(outcomes, [weights](std::uint32_t i) { return weights[i]; });
    const UnitScale share = UnitScale::share(units, group_.sum(positive), total);
    if (slot_bits() == 0)
      write_thresholds(share, units, words);
    else
      write_units(share, units, words);
  }

  WEND_HD void write_units(const UnitScale& share, std::uint64_t units,
                           std::uint32_t* words) const {
    constexpr std::uint64_t kMost = 0xFFFFFFFFU;
    const UnitRows rows{words, alphabet() + 1, slot_bits()};
    std::uint64_t given = 0;
    std::uint64_t most = 0;
    std::uint32_t first = 0;
    for (std::uint32_t i = group_.rank(); i < rows.outcomes; i += Group::kSize) {
      const std::uint64_t own = share.units(weights_[i]);
      given += own;
      if (own > most) {
        most = own;
        first = i;
      }
      // The one outcome of a row may have all 2^32: a unit less decides alike.
      words[i] = static_cast<std::uint32_t>(own < kMost ? own : kMost);
    }
    given = group_.sum(given);
    group_.first_most(most, first);
    if (group_.rank() == 0) {
      most += units - given;
      words[first] = static_cast<std::uint32_t>(most < kMost ? most : kMost);
    }
    group_.sync();
    write_block_sums(rows, words);
  }

  /// Every thread has some blocks in a row, and first what those before it come to.
  WEND_HD void write_block_sums(const UnitRows& rows, std::uint32_t* words) const {
    const std::uint32_t blocks = UnitRows::blocks(rows.outcomes);
    const std::uint32_t each = (blocks + Group::kSize - 1) / Group::kSize;
    const std::uint32_t begin = smaller(group_.rank() * each, blocks);
    const std::uint32_t end = smaller(begin + each, blocks);
    UnitRows::Sums before{0, 0};
    if constexpr (Group::kSize > 1) {
      for (std::uint32_t block = begin; block < end; ++block) rows.add_block(words, block, before);
      before = {group_.sum_before(before.excess), group_.sum_before(before.room)};
    }
    for (std::uint32_t block = begin; block < end; ++block) {
      rows.put_sums(words, block, before);
      rows.add_block(words, block, before);
    }
    if (begin < blocks && end == blocks) rows.put_sums(words, blocks, before);
  }

  /// Five outcomes at most, which are one thread's work.
  WEND_HD void write_thresholds(const UnitScale& share, std::uint64_t units,
                                std::uint32_t* words) const {
    if (group_.rank() == 0) {
      std::uint64_t given = 0;
      std::uint64_t most = 0;
      std::uint32_t first = 0;
      for (std::uint32_t i = 0; i <= alphabet(); ++i) {
        const std::uint64_t own = share.units(weights_[i]);
        given += own;
        if (own > most) {
          most = own;
          first = i;
        }
      }
      std::uint64_t before = 0;
      for (std::uint32_t i = 0; i < row_words(); ++i) {
        if (i < alphabet()) before += share.units(weights_[i]) + (i == first ? units - given : 0U);
        // All bits: never.
        words[i] = i < alphabet() ? static_cast<std::uint32_t>(before) : 0xFFFFFFFFU;
      }
    }
    group_.sync();  // now the others may write the weights of the next row
  }

  WEND_HD void write_sums(const RowSource& source, std::uint32_t depth, const RowMasses& row,
                          std::uint32_t* words) const {
    const double own = plan_.has_logs || depth == 0 ? 0.0 : log_of_mass(row.own);
    for (std::uint32_t c = group_.rank(); c < alphabet(); c += Group::kSize) {
      const float ratio =
          plan_.has_logs ? source.logs[c] : static_cast<float>(log_of_mass(source.masses[c]) - own);
      __builtin_memcpy(words + c, &ratio, sizeof ratio);
    }
    if (group_.rank() == 0) store_double(row.log_sum, words + alphabet());
  }

  [[nodiscard]] WEND_HD std::uint32_t alphabet() const {
    return kAlphabet != 0 ? kAlphabet : plan_.alphabet;
  }
  [[nodiscard]] WEND_HD std::uint32_t slot_bits() const {
    return kAlphabet >= 2 && kAlphabet <= 4 ? 0 : plan_.slot_bits;
  }
  [[nodiscard]] WEND_HD std::uint32_t row_words() const {
    return kAlphabet == 2 ? 2 : kAlphabet == 3 || kAlphabet == 4 ? 4 : plan_.row_words;
  }
  [[nodiscard]] WEND_HD static std::uint32_t smaller(std::uint32_t a, std::uint32_t b) {
    return a < b ? a : b;
  }

  const Group& group_;
  const RowPlan& plan_;
  double* children_;
  double* weights_;
};

}  // namespace wend::kernels
