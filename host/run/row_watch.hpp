#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "wend/oracle.hpp"

namespace wend {

/// The least accuracy by depth that rows leave possible. Maxima: what it finds does not depend on
/// the order of the rows.
class LeastKappa {
 public:
  explicit LeastKappa(std::uint32_t horizon) : by_depth_(horizon == 0 ? 0 : horizon - 1, 0.0) {}

  /// Of a node of depth 1..H-1 whose children's estimates sum to `ratio` times its own. Were the
  /// estimates within kappa of the masses, both ways, the node's mass would be at most kappa w and
  /// at least S/kappa, so that kappa^2 >= S/w, and >= w/S; at a leaf's parent S is the mass, and
  /// kappa itself is as large. Thread-safe.
  void see(std::uint32_t depth, double ratio, bool above_leaves);
  /// See Choice::least_kappa.
  [[nodiscard]] std::vector<double> by_depth() const;

 private:
  mutable std::mutex mutex_;
  std::vector<double> by_depth_;
};

/// An oracle whose rows are looked at as they are answered.
class RowWatch final : public BatchOracle {
 public:
  RowWatch(std::shared_ptr<BatchOracle> oracle, LeastKappa& seen);

  [[nodiscard]] const OracleTraits& traits() const override { return oracle_->traits(); }
  void expand(std::uint32_t context, const OracleBatch& batch, const OracleRows& rows) override;

  /// Somebody else may have asked the oracle since the last call: what it keeps of slots
  /// 0..slots - 1 is not of their prefixes any more.
  void forget(std::uint64_t slots) { strange_.assign(slots, 1); }

 private:
  std::shared_ptr<BatchOracle> oracle_;
  LeastKappa& seen_;
  std::vector<char> strange_;  // a slot
};

}  // namespace wend
