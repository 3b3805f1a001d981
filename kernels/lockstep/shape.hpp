#pragma once

#include <cstdint>

#include "kernels/platform.hpp"
#include "kernels/walk/walk.hpp"

namespace wend::kernels {

/// What a node of a tree with leaves above depth H is.
enum class NodeKind : std::uint8_t { kInterior, kLeaf, kDummy };

/// The tree that lockstep chains walk on: depth H, and symbols after which a sequence is complete.
struct LockstepShape {
  std::uint32_t alphabet;
  std::uint32_t horizon;
  const std::uint32_t* end;  ///< bit s: symbol s ends a sequence; null if none does

  [[nodiscard]] WEND_HD bool ends(std::uint32_t symbol) const {
    return end != nullptr && ((end[symbol >> 5U] >> (symbol & 31U)) & 1U) != 0;
  }

  /// Of the node at `depth` that `symbol` led to. The reversible walk's leaves must all lie at one
  /// parity, that it is positive semidefinite on them: a leaf of the other one has a node of the
  /// same mass above it, the dummy, and lies one level deeper, below the same symbol once more.
  template <Walk kWalk>
  [[nodiscard]] WEND_HD NodeKind kind(std::uint32_t depth, std::uint32_t symbol) const {
    if (depth == horizon) return NodeKind::kLeaf;
    if (depth == 0 || !ends(symbol)) return NodeKind::kInterior;
    const bool other_parity = ((horizon - depth) & 1U) != 0;
    return kWalk == Walk::kJerrumSinclair && other_parity ? NodeKind::kDummy : NodeKind::kLeaf;
  }
};

}  // namespace wend::kernels
