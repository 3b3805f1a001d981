#pragma once

#include <cstdint>
#include <vector>

#include "host/engines/lockstep/row_maker.hpp"

namespace wend {

/// Checks an oracle's rows as RowMaker does, and makes nothing of them: for whoever trains
/// estimates on them, and so hands on others. Not safe for calls from several threads at once; make
/// one a thread.
class RowChecker {
 public:
  /// `oracle`'s model must outlive it.
  explicit RowChecker(const ModelOracle& oracle);
  // The plan points into the bounds, which stay where they are when they are moved.
  RowChecker(RowChecker&&) = default;
  RowChecker(const RowChecker&) = delete;
  RowChecker& operator=(const RowChecker&) = delete;
  RowChecker& operator=(RowChecker&&) = delete;
  ~RowChecker() = default;

  /// Row i of `rows`, of the node at `place`. Throws OracleFailure, in RowMaker's words, for what
  /// no estimate can be or what breaks what the oracle states. O(A).
  void check(const OracleRows& rows, std::uint64_t i, const NodePlace& place);

 private:
  const OracleTraits& traits_;
  RowBounds bounds_;
  kernels::RowPlan plan_;  // of which only what is checked is of matter
  std::vector<double> children_;
};

}  // namespace wend
