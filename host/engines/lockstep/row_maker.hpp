#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "host/oracles/model_oracle.hpp"
#include "host/oracles/row_compiler.hpp"
#include "kernels/walk/walk.hpp"

namespace wend {

/// Where a node stands, for messages.
struct NodePlace {
  std::uint64_t chain;
  std::uint32_t depth;
};

/// Makes of an oracle's row what chains walk on: checks it, and compiles it by the rule and the
/// quantiser that tables go through. Not safe for calls from several threads at once; make one a
/// thread.
class RowMaker {
 public:
  RowMaker(const ModelOracle& oracle, kernels::Walk walk);

  /// Words of a node's rows, which come first.
  static std::uint64_t rows_words(const ModelOracle& oracle, kernels::Walk walk);
  /// Words of a node: its rows; where the path's sums are kept, its log ratios and ln( S/w ) too.
  static std::uint64_t node_words(const ModelOracle& oracle, kernels::Walk walk);

  /// Row i of `rows`, of the node at `place`. Throws Error(kRuntime) that names chain, depth,
  /// symbol and value for what no estimate can be. O(A).
  void make(const OracleRows& rows, std::uint64_t i, const NodePlace& place,
            std::span<std::uint32_t> node);

 private:
  struct Row {
    double own;
    double log_sum;  // ln( S/w ); at the root ln S
  };

  Row take_logs(std::span<const float> logs, const NodePlace& place);
  Row take_masses(std::span<const double> masses, double own, const NodePlace& place);
  [[noreturn]] void refuse_log(std::span<const float> logs, const NodePlace& place) const;
  [[noreturn]] void refuse_mass(std::span<const double> masses, const NodePlace& place) const;
  void check_sum(const Row& row, const NodePlace& place) const;
  std::span<const double> kept(const OracleRows& rows, std::uint64_t i, const Row& row,
                               const NodePlace& place);

  const ModelOracle& oracle_;
  const OracleTraits& traits_;
  const std::uint64_t row_words_;
  RowCompiler compiler_;
  std::vector<double> children_;
  std::vector<double> kept_;
  std::vector<double> bounds_;  // of S/w by depth, where proposals are thinned by them
  std::vector<double> below_;   // product of 1/bound over the depths below
};

}  // namespace wend
