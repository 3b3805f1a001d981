#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "host/oracles/row_table.hpp"
#include "kernels/walk/walk.hpp"

namespace wend {

/// The weights of a node's 1 + A outcomes (kernels::step_law), on the scale of the masses: `own` is
/// w(u), 0 at the root; `children` are the w(c). `kept` is the probability of keeping a proposal of
/// each child, for walks that restart; empty: all are kept. O(A).
void step_outcomes(kernels::Walk walk, bool from_below, double own,
                   std::span<const double> children, std::span<const double> kept,
                   std::span<double> outcomes);

/// How rows lie: as kernels look them up in tables, or as they are made most quickly. For A <= 4
/// both are the same.
enum class RowLayout { kTable, kUnits };

/// Compiles the rows of nodes for one walk, whatever the instance: kernels::step_law, quantised, in
/// the format of the alphabet. Not safe for calls from several threads at once; make one a thread.
class RowCompiler {
 public:
  RowCompiler(std::uint32_t alphabet, kernels::Walk walk, RowLayout layout = RowLayout::kTable);

  /// Words of one row.
  static std::uint64_t words_per_row(std::uint32_t alphabet, RowLayout layout);

  /// Writes the rows of one node, kernels::rows_per_node(walk) of them: for a walk with a direction
  /// the row of arriving down, then up. The masses are those of step_outcomes, non-negative and
  /// finite; what is possible must be positive. O(A).
  void compile(double own, std::span<const double> children, std::span<const double> kept,
               std::span<std::uint32_t> words);
  void compile(double own, std::span<const double> children, std::span<std::uint32_t> words) {
    compile(own, children, {}, words);
  }

 private:
  RowFormat format_;
  kernels::Walk walk_;
  RowLayout layout_;
  std::uint64_t row_words_;
  std::vector<double> outcomes_;
  std::vector<std::uint64_t> units_;
};

}  // namespace wend
