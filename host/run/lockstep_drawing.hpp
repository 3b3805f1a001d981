#pragma once

#include <atomic>

#include "host/engines/lockstep/engine.hpp"
#include "host/oracles/oracle.hpp"
#include "host/run/draw_handler.hpp"
#include "host/run/draw_rounds.hpp"
#include "host/run/run.hpp"
#include "host/run/settings.hpp"
#include "wend/sample.hpp"

namespace wend {

/// What a walk's run over an oracle that is asked has of its own: what the lockstep engine may take
/// and where it runs, the self-test, and word of calls that last.
class LockstepDrawing {
 public:
  /// `oracle` is a ModelOracle that `options` fit (check_lockstep). All of these must outlive it.
  LockstepDrawing(const Oracle& oracle, const SampleOptions& options, const RunSettings& settings);

  /// Brings the oracle to its backend; before what follows. Throws as place_model does.
  void place();
  /// Chains with the rows of their paths, the memo, and `chain_bytes` a chain beside them.
  [[nodiscard]] MemoryNeed memory(std::uint64_t chain_bytes) const;

  /// See Run::draw. No other run may ask the oracle meanwhile.
  void draw(const DrawRounds& rounds, DrawHandler& draws, SampleResult& result,
            const std::atomic<bool>& stop) const;

 private:
  const Oracle& oracle_;
  const SampleOptions& options_;
  const RunSettings& settings_;
  Backend backend_;
  ModelOracle model_;  // on that backend
  LockstepOptions engine_options_;
};

}  // namespace wend
