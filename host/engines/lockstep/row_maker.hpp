#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "host/base/simd.hpp"
#include "host/engines/lockstep/small_rows.hpp"
#include "host/engines/lockstep/wide_row.hpp"
#include "host/oracles/model_oracle.hpp"
#include "kernels/lockstep/make_row.hpp"
#include "kernels/walk/walk.hpp"

namespace wend {

/// Where a node stands, for messages.
struct NodePlace {
  std::optional<std::uint64_t> chain;  ///< none where no chain asks
  std::uint32_t depth;
};

/// What the rows of a run have in common; its arrays are `oracle`'s and those of `bounds`.
struct RowBounds {
  std::vector<double> bounds;  ///< of S/w by depth, where proposals are thinned by them
  std::vector<double> below;   ///< product of 1/bound over the depths below
};
RowBounds row_bounds(const OracleTraits& traits);
kernels::RowPlan row_plan(const ModelOracle& oracle, kernels::Walk walk, const RowBounds& bounds);

/// Row i of `rows`.
kernels::RowSource row_source(const kernels::RowPlan& plan, const OracleRows& rows,
                              std::uint64_t i);

/// Ends a run whose oracle answered what none can. Throws OracleFailure that names chain, depth,
/// symbol and value, or gives the reason.
[[noreturn]] void refuse_node(const OracleTraits& traits, const NodePlace& place,
                              const std::string& reason);
[[noreturn]] void refuse_row(const OracleTraits& traits, const kernels::RowVerdict& verdict,
                             const NodePlace& place);

/// Makes of an oracle's row what chains walk on: checks it, and compiles it by the rule and to the
/// units that tables have; in lanes where there are many symbols. Not safe for calls from several
/// threads at once; make one a thread.
class RowMaker {
 public:
  RowMaker(const ModelOracle& oracle, kernels::Walk walk, Simd simd = Simd::kAuto);

  /// Words of a node's rows, which come first.
  static std::uint64_t rows_words(const ModelOracle& oracle, kernels::Walk walk);
  /// Words of a node: its rows; where the path's sums are kept, its log ratios and ln( S/w ) too.
  static std::uint64_t node_words(const ModelOracle& oracle, kernels::Walk walk);

  /// Row i of `rows`, of the node at `place`. Throws Error(kRuntime) that names chain, depth,
  /// symbol and value for what no estimate can be. O(A).
  void make(const OracleRows& rows, std::uint64_t i, const NodePlace& place,
            std::span<std::uint32_t> node);
  /// The same of some nodes at once, rows `first` .. `first` + SmallRows::kRows - 1, of the depths
  /// depth(i) and to node(i). False, and nothing is done, where make_small_rows does not make them.
  template <class Depth, class Node>
  bool make_some(const OracleRows& rows, std::uint64_t first, const Depth& depth,
                 const Node& node) {
    if (!small_) return false;
    SmallRows some{};
    if (plan_.has_logs) {
      some.logs = rows.log_ratio + first * plan_.alphabet;
    } else {
      some.masses = rows.mass + first * plan_.alphabet;
      some.own = rows.own + first;
    }
    for (std::uint32_t i = 0; i < SmallRows::kRows; ++i) {
      some.depths[i] = depth(first + i);
      some.nodes[i] = node(first + i);
    }
    return make_small_rows(plan_, some, simd_);
  }

 private:
  const OracleTraits& traits_;
  const RowBounds bounds_;
  const kernels::RowPlan plan_;
  const Simd simd_;
  const bool wide_;               // whether lanes make these rows
  const bool small_;              // whether lanes make several of them at once
  std::vector<double> children_;  // see RowRoom
  std::vector<double> weights_;
  std::vector<BlockUnits> blocks_;
};

}  // namespace wend
