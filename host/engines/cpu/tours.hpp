#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "host/engines/tours.hpp"
#include "host/oracles/oracle.hpp"
#include "kernels/walk/walk.hpp"

namespace wend {

/// Tours over tables, by the fused engine's walk, on the CPU.
class CpuTourEngine final : public TourEngine {
 public:
  /// `oracle` must outlive the engine; `chains` >= 1. threads = 0: one a core. Throws Error(kUsage)
  /// for a PrefixOracle and a walk that check_walk refuses, and for a ModelOracle. Memory: 76 bytes
  /// a chain and its path.
  CpuTourEngine(const Oracle& oracle, kernels::Walk walk, std::uint64_t chains, std::uint64_t seed,
                std::uint32_t purpose, unsigned threads);

  /// Looks at `stop` every 2^16 steps of a thread.
  void advance(const TourRequest& request, const std::atomic<bool>& stop) override;
  [[nodiscard]] std::span<const ChainTours> tours() const override { return found_; }
  [[nodiscard]] std::span<const kernels::TourState> progress() const override { return tours_; }
  [[nodiscard]] const ChainState& state() const override { return state_; }
  [[nodiscard]] std::uint64_t oracle_queries() const override;
  [[nodiscard]] Device device() const override;

 private:
  template <class View>
  std::uint64_t advance_chain(const View& view, std::uint64_t chain,
                              const kernels::TourLimits& limits, bool records,
                              const std::atomic<bool>& stop);
  template <class MakeView>
  void share_chains(const TourRequest& request, const std::atomic<bool>& stop,
                    const MakeView& make_view);

  const Oracle& oracle_;
  const kernels::Walk walk_;
  const std::uint64_t seed_;
  const std::uint32_t purpose_;
  const unsigned threads_;
  ChainState state_;
  std::vector<kernels::TourState> tours_;
  std::vector<ChainTours> found_;
  std::uint64_t expansions_;
};

}  // namespace wend
