#pragma once

#include <cstdint>

#include "kernels/elimination/member_oracle.hpp"
#include "kernels/elimination/members.hpp"
#include "kernels/elimination/path.hpp"
#include "kernels/lanes/scalar.hpp"
#include "kernels/random/philox.hpp"

// How the symbols of a path are drawn: from one member of V, itself drawn.
namespace wend::kernels {

/// Blocks of draws that a path of H symbols has: a member and the acceptance, then two words a
/// symbol.
WEND_HD std::uint64_t blocks_per_path(std::uint32_t horizon) { return 1 + (horizon + 1U) / 2U; }

/// 53 bits, in [0, 1).
WEND_HD double unit_interval(std::uint32_t high, std::uint32_t low) {
  return static_cast<double>((static_cast<std::uint64_t>(high) << 21U) | (low >> 11U)) * 0x1p-53;
}

/// floor(2^-64 draw * count): a member, each with the same probability to 2^-64.
WEND_HD std::uint64_t pick_member(std::uint32_t high, std::uint32_t low, std::uint64_t count) {
  const std::uint64_t above = high * count;
  const std::uint64_t below = low * count;
  return (above + (below >> 32U)) >> 32U;
}

/// Draws the symbols of one path.
class PathDraws {
 public:
  WEND_HD PathDraws(std::uint64_t seed, const ClassPath& path, std::uint32_t horizon)
      : seed_(seed),
        chain_(path.chain),
        first_(path.number * blocks_per_path(horizon)),
        head_(draw_block(seed, kPurposeClass, path.chain, first_)) {}

  [[nodiscard]] WEND_HD std::uint64_t member(std::uint64_t count) const {
    return pick_member(head_.word[0], head_.word[1], count);
  }
  [[nodiscard]] WEND_HD double acceptance() const {
    return unit_interval(head_.word[2], head_.word[3]);
  }
  /// The member's next symbol at a node; depths are asked in order from 0. One of probability zero
  /// is never drawn.
  template <class View>
  WEND_HD std::uint32_t symbol(const View& view, const MemberCursor<View>& member,
                               const ClassNode& node) {
    if ((node.depth & 1U) == 0)
      block_ = draw_block(seed_, kPurposeClass, chain_, first_ + 1 + node.depth / 2U);
    const bool second = (node.depth & 1U) != 0;
    const double u = unit_interval(second ? block_.word[2] : block_.word[0],
                                   second ? block_.word[3] : block_.word[1]);
    double total = 0;
    for (std::uint32_t c = 0; c < view.alphabet; ++c)
      total = ScalarF64::add(total, member.probability(view, node, c));
    const double goal = ScalarF64::multiply(u, total);
    double sum = 0;
    std::uint32_t last = 0;
    for (std::uint32_t c = 0; c < view.alphabet; ++c) {
      const double p = member.probability(view, node, c);
      if (!(p > 0)) continue;
      last = c;
      sum = ScalarF64::add(sum, p);
      if (goal < sum) return c;
    }
    return last;
  }

 private:
  std::uint64_t seed_;
  std::uint64_t chain_;
  std::uint64_t first_;
  DrawBlock head_;
  DrawBlock block_{};
};

}  // namespace wend::kernels
