#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "host/engines/lockstep/engine.hpp"
#include "host/engines/tours.hpp"
#include "kernels/walk/walk.hpp"

namespace wend {

/// Tours over an oracle that is asked in batches.
class LockstepTourEngine final : public TourEngine {
 public:
  /// `oracle` must outlive the engine; `chains` >= 1. Throws Error(kUsage) where they do not fit
  /// it.
  LockstepTourEngine(const Oracle& oracle, kernels::Walk walk, std::uint64_t chains,
                     std::uint64_t seed, std::uint32_t purpose, const LockstepOptions& options);

  /// See LockstepEngine::pin.
  void pin() { engine_.pin(); }
  /// Looks at `stop` between batches. What the oracle throws ends it, as OracleFailure, with the
  /// tours that were finished in tours().
  void advance(const TourRequest& request, const std::atomic<bool>& stop) override;
  [[nodiscard]] std::span<const ChainTours> tours() const override { return found_; }
  [[nodiscard]] std::span<const kernels::TourState> progress() const override { return tours_; }
  [[nodiscard]] const ChainState& state() const override { return state_; }
  [[nodiscard]] std::uint64_t oracle_queries() const override { return engine_.oracle_queries(); }
  [[nodiscard]] std::uint64_t oracle_evaluations() const override {
    return engine_.use().evaluations;
  }
  [[nodiscard]] Device device() const override { return engine_.device(); }
  [[nodiscard]] OracleUse use() const { return engine_.use(); }

 private:
  std::uint64_t seed_;
  std::uint32_t purpose_;
  LockstepEngine engine_;
  ChainState state_;
  std::vector<kernels::TourState> tours_;
  std::vector<ChainTours> found_;
};

}  // namespace wend
