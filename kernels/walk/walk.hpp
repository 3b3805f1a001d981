#pragma once

#include <cstdint>

#include "kernels/platform.hpp"

namespace wend::kernels {

/// The walks that rows are compiled for.
enum class Walk : std::uint8_t {
  kJerrumSinclair,  ///< outcome 0: to the parent; a leaf always goes to its parent
  kLifted,          ///< the same, with one row for each direction of arrival
  kSequential       ///< outcome 0: rejected, back to the root; a leaf is followed by the root
};

/// A node's rows: one for each direction of arrival where that matters.
WEND_HD constexpr bool is_directed(Walk walk) { return walk == Walk::kLifted; }
WEND_HD constexpr std::uint32_t rows_per_node(Walk walk) { return is_directed(walk) ? 2 : 1; }

/// Outcome 0 and a leaf lead to the root instead of to the parent: a walk of independent proposals.
WEND_HD constexpr bool restarts(Walk walk) { return walk == Walk::kSequential; }

/// Calls visitor.template operator()<walk>(), and returns what it does.
template <class Visitor>
decltype(auto) visit_walk(Walk walk, Visitor&& visitor) {
  switch (walk) {
    case Walk::kJerrumSinclair:
      return visitor.template operator()<Walk::kJerrumSinclair>();
    case Walk::kLifted:
      return visitor.template operator()<Walk::kLifted>();
    case Walk::kSequential:
      break;
  }
  return visitor.template operator()<Walk::kSequential>();
}

/// What one step did.
template <class Lanes>
struct Move {
  typename Lanes::Mask up;        ///< moved up (sequential: rejected)
  typename Lanes::Mask expanded;  ///< moved down into an interior node, which costs A queries
  typename Lanes::Mask leaf;      ///< arrived at a leaf
};

}  // namespace wend::kernels
