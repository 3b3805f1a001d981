#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "wend/oracle.hpp"

namespace wend {

/// An oracle's rows, raised to a power, until so many were computed, or `stop` is set: then `spent`
/// is set, which the run that asks is to stop at.
class MeteredOracle final : public BatchOracle {
 public:
  MeteredOracle(std::shared_ptr<BatchOracle> oracle, double power, std::uint64_t most,
                const std::atomic<bool>& stop, std::atomic<bool>& spent);

  [[nodiscard]] const OracleTraits& traits() const override { return traits_; }
  void expand(std::uint32_t context, const OracleBatch& batch, const OracleRows& rows) override;

 private:
  std::shared_ptr<BatchOracle> oracle_;
  double power_;
  std::uint64_t most_;
  std::atomic<std::uint64_t> asked_{0};
  const std::atomic<bool>& stop_;
  std::atomic<bool>& spent_;
  OracleTraits traits_;
};

}  // namespace wend
