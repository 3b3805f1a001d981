#pragma once

#include <type_traits>
#include <variant>

#include "host/oracles/oracle.hpp"

namespace wend {

/// Calls visitor(view) with the kernels' view of an oracle whose rows lie in tables: any but a
/// PrefixOracle, for which nothing is called.
template <class Visitor>
void visit_table_view(const Oracle& oracle, Visitor&& visitor) {
  std::visit(
      [&](const auto& kind) {
        using Kind = std::decay_t<decltype(kind)>;
        if constexpr (std::is_same_v<Kind, TreeOracle>) {
          visit_view(kind, kind.rows.words(), visitor);
        } else if constexpr (std::is_same_v<Kind, StateOracle>) {
          visit_view(kind, kind.rows.words(), kind.next.data(), visitor);
        } else if constexpr (std::is_same_v<Kind, KnapsackOracle>) {
          visitor(make_knapsack_view(kind));
        }
      },
      oracle);
}

}  // namespace wend
