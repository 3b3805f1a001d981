#pragma once

#include <cstdint>
#include <span>

#include "wend/algorithm.hpp"

namespace wend {

/// Outcome weights of one node's row(s), 1 + A of them, outcome 0 being "up"; `parent` is w(u) on
/// the same scale as the children's w(c), and 0 at the root, which has no parent.
/// docs/design.md has the formulas.

/// Up with w(u), to child c with w(c).
void jerrum_sinclair_outcomes(double parent, std::span<const double> children,
                              std::span<double> outcomes);

/// Up with w(u)/max(w(u), S), to child c with the rest in proportion to w(c); arrived from below.
/// `from_below` = false: to child c with w(c)/max(w(u), S), up with the rest. With S = 0 (a dead
/// end): always up. At the root: always down.
void lifted_outcomes(double parent, std::span<const double> children, bool from_below,
                     std::span<double> outcomes);

/// To child c with w(c)/S, thinned by acceptance[c] / max over children with w(c) > 0 of
/// acceptance, the rest being outcome 0, "rejected". An empty `acceptance` thins nothing. S = 0:
/// always rejected.
void sequential_outcomes(std::span<const double> children, std::span<const double> acceptance,
                         std::span<double> outcomes);

/// Rows a node has: 2 for the lifted walk, else 1.
std::uint32_t rows_per_node(Algorithm algorithm);

}  // namespace wend
