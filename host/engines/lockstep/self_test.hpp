#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "wend/algorithm.hpp"
#include "wend/oracle.hpp"

namespace wend {

/// What asking an oracle for the same rows again has shown.
struct SelfTestFindings {
  std::uint64_t asked = 0;      ///< rows
  std::uint64_t repeated = 0;   ///< of them, asked for again
  std::uint64_t differing = 0;  ///< of these, with another answer
  /// Of two logarithms of one number; infinite where but one of them is finite.
  double largest_difference = 0;
  std::string what;  ///< where the largest one was, and what it was; empty if all answers agree

  void tell(OracleUse& use) const {
    use.self_tested = asked;
    use.largest_difference = largest_difference;
  }
};

/// What becomes of an oracle before the first row of a run, as `test` says: with kOff it is not
/// asked. Otherwise it is asked for the rows of some prefixes, reached by drawing from its own
/// rows, again: each alone, all in one batch in slots of others, and in a slot that has been deeper
/// meanwhile. With kRefuse, Error(kRuntime) says what differs, by how much, and what can be done;
/// with kPin the run must pin its rows where `differing` is not 0. Throws OracleFailure if the
/// oracle throws. `slots` >= 1: chains that the run will have; max_batch: its limit, or 0. Asks for
/// some 4 H rows, one after another, and for two more at most once `stop` is set.
SelfTestFindings self_test(BatchOracle& oracle, SelfTest test, std::uint64_t slots,
                           std::uint32_t max_batch, std::uint64_t seed,
                           const std::atomic<bool>& stop);

}  // namespace wend
