#pragma once

#include <cstdint>

#include "kernels/elimination/concepts.hpp"
#include "kernels/elimination/members.hpp"
#include "kernels/lanes/scalar.hpp"
#include "kernels/random/prefix_noise.hpp"

namespace wend::kernels {

/// Masses below this, on the scale of the path (path_walk.hpp), count as zero. A member's share of
/// the version space's mass is a martingale along a drawn path, so that it comes back from here to
/// where it could matter with a probability below 2^-500.
inline constexpr double kLeastMass = 0x1p-900;

/// Where one member stands on a path, and its mass there on the path's scale.
template <class View>
struct MemberCursor {
  std::uint64_t position = 0;
  double mass = 1.0;
  std::uint32_t state = 0;

  static WEND_HD MemberCursor at_root(const View& view, std::uint64_t position) {
    if constexpr (View::kHasState) return {position, 1.0, view.start[position]};
    return {position, 1.0, 0};
  }
  [[nodiscard]] WEND_HD double probability(const View& view, const ClassNode& node,
                                           std::uint32_t symbol) const {
    return view.template child<ScalarF64>(node, symbol).at(position, &state);
  }
  /// The same products, in the same order, as those of all members in path_walk.hpp.
  WEND_HD void descend(const View& view, const ClassNode& node, std::uint32_t symbol,
                       double scale) {
    const double below = ScalarF64::multiply(mass, probability(view, node, symbol));
    mass = ScalarF64::flush_below(ScalarF64::multiply(below, scale), kLeastMass);
    if constexpr (View::kHasState) state = view.next_state(state, symbol);
  }
};

/// The oracle of a class whose truth is one of its members: its masses, times the estimate's noise
/// above the leaves. Answers are on the path's scale.
template <class View>
class MemberOracle {
 public:
  WEND_HD MemberOracle(const View& view, std::uint64_t truth, const PrefixNoise& noise)
      : view_(view), noise_(noise), truth_(truth) {}

  WEND_HD void begin() {
    cursor_ = MemberCursor<View>::at_root(view_, truth_);
    hash_ = 0;
  }
  /// The answer at child `symbol`, above the leaves.
  [[nodiscard]] WEND_HD double interior(const ClassNode& node, std::uint32_t symbol) {
    return ScalarF64::multiply(leaf(node, symbol),
                               noise_.factor(node.depth + 1, extend_prefix(hash_, symbol)));
  }
  /// The answer at a leaf: exact.
  [[nodiscard]] WEND_HD double leaf(const ClassNode& node, std::uint32_t symbol) {
    ++asked_;
    return ScalarF64::multiply(cursor_.mass, cursor_.probability(view_, node, symbol));
  }
  /// `scale`: power of two by which the path's scale grows, 2^exponent.
  WEND_HD void descend(const ClassNode& node, std::uint32_t symbol, double scale, int) {
    cursor_.descend(view_, node, symbol, scale);
    hash_ = extend_prefix(hash_, symbol);
  }
  /// Queries answered since this was made.
  [[nodiscard]] WEND_HD std::uint64_t asked() const { return asked_; }

 private:
  View view_;
  PrefixNoise noise_;
  std::uint64_t truth_;
  MemberCursor<View> cursor_;
  std::uint64_t hash_ = 0;
  std::uint64_t asked_ = 0;
};
static_assert(SomeOracle<MemberOracle<ProductMembersView>>);

}  // namespace wend::kernels
