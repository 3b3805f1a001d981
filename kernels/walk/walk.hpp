#pragma once

#include <cstdint>

#include "kernels/lanes/scalar.hpp"

namespace wend::kernels {

/// How a row's outcome 0 and a leaf are taken.
enum class Walk : std::uint8_t {
  kJerrumSinclair,  ///< outcome 0: to the parent; a leaf always goes to its parent
  kLifted,          ///< the same, with one row for each direction of arrival
  kSequential       ///< outcome 0: rejected, back to the root; a leaf is followed by the root
};

/// What one step did.
template <class Lanes>
struct Move {
  typename Lanes::Mask up;        ///< moved up (sequential: rejected)
  typename Lanes::Mask expanded;  ///< moved down into an interior node, which costs A queries
  typename Lanes::Mask leaf;      ///< arrived at a leaf
};

}  // namespace wend::kernels
