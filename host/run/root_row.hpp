#pragma once

#include <memory>

#include "wend/oracle.hpp"

namespace wend {

/// An oracle that remembers what its last row of the root summed to. For oracles whose rows differ
/// from one time to the next: the walks go by one row, and ln Z must, too.
class RootRow final : public BatchOracle {
 public:
  /// `log_sum`: before it is asked.
  RootRow(std::shared_ptr<BatchOracle> oracle, double log_sum);

  [[nodiscard]] const OracleTraits& traits() const override { return oracle_->traits(); }
  void expand(std::uint32_t context, const OracleBatch& batch, const OracleRows& rows) override;

  /// ln S(root). Not while the oracle is asked.
  [[nodiscard]] double log_sum() const { return log_sum_; }

 private:
  std::shared_ptr<BatchOracle> oracle_;
  double log_sum_;
};

}  // namespace wend
