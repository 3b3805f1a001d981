#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "host/engines/lockstep/store.hpp"
#include "wend/oracle.hpp"
#include "wend/round_times.hpp"

namespace wend {

/// Calls an oracle of the host's, in one of its contexts, and counts what that came to.
class BatchAsker {
 public:
  /// The nodes of `chains`, places in `waiting`, until the next call.
  const OracleBatch& fill(std::span<const WaitingChain> waiting,
                          std::span<const std::uint32_t> chains);
  /// Rows of them. Throws OracleFailure for what the oracle throws.
  void ask(const ModelOracle& oracle, std::uint32_t context, std::span<const WaitingChain> waiting,
           std::span<const std::uint32_t> chains, const OracleRows& rows);
  /// Adds batches and seconds.
  void add_use(OracleUse& use) const;
  /// Adds oracle and gather.
  void add_times(RoundTimes& asking) const;

 private:
  OracleBatch batch_;
  std::vector<std::uint32_t> slot_, depth_, symbol_, known_;
  std::vector<const std::uint32_t*> prefix_;
  std::uint64_t batches_ = 0;
  double spent_ = 0;   // in the calls, seconds
  double filled_ = 0;  // before them
};

}  // namespace wend
