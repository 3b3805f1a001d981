#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "host/engines/lockstep/engine.hpp"
#include "host/engines/lockstep/tours.hpp"
#include "host/instances/instance.hpp"
#include "host/oracles/oracle.hpp"
#include "host/run/oracle_watch.hpp"
#include "host/run/row_watch.hpp"
#include "wend/sample.hpp"

namespace wend {

/// What the tours of a walk's pilot came to; proposals, of the sequential sampler.
struct PilotCounts {
  std::vector<std::uint32_t> visits;  ///< leaf visits of the finished tours, ascending
  std::uint64_t unfinished = 0;       ///< tours that were cut off
  std::uint64_t expansions = 0;       ///< without the roots'
  std::uint64_t leaf_visits = 0;      ///< in all tours
  std::uint64_t steps = 0;
  /// Expansions to a leaf visit; to an accepted proposal.
  Expected expansions_per_visit;
  double evaluations_per_expansion = 0;  ///< of the rows asked for last; where an oracle is asked

  [[nodiscard]] std::uint64_t tours() const { return visits.size() + unfinished; }
};

/// Tours from root to root of one walk, by the lockstep engine whatever the run's will be: it needs
/// no tables, and the tours are the same. They have streams of random numbers of their own. An
/// oracle that is asked must be held (ModelOracle) by who has its pilots made, which take turns.
class WalkPilot {
 public:
  /// `seen` and the instance must outlive it; `waiting` is told of calls of an asked oracle that
  /// last, and may be empty. Throws Error(kUsage or kInput) where the walk does not fit.
  WalkPilot(const Instance& instance, Algorithm algorithm, const SampleOptions& options,
            LeastKappa& seen, const Waiting& waiting, const std::atomic<bool>& stop);

  /// Every chain makes `tours` more, but for those that are very long; all chains together ask for
  /// at most `most_queries`, in all rounds. Returns soon once `stop` is set; throws OracleFailure.
  void advance(std::uint64_t tours, std::uint64_t most_queries);

  [[nodiscard]] const PilotCounts& counts() const { return counts_; }
  [[nodiscard]] std::uint64_t queries() const;
  /// Rows that an oracle which is asked has computed.
  [[nodiscard]] std::uint64_t evaluations() const;

  [[nodiscard]] static std::uint64_t chains(const InstanceFacts& facts);

 private:
  void count();

  const std::uint32_t alphabet_;
  const std::uint32_t horizon_;
  const std::uint64_t chains_;
  const bool asked_;
  const bool proposals_;
  const std::atomic<bool>& stop_;
  Oracle oracle_;
  std::shared_ptr<RowWatch> rows_;
  std::unique_ptr<OracleWatch> watch_;
  std::unique_ptr<LockstepTourEngine> engine_;
  bool begun_ = false;
  std::uint64_t tours_ = 0;  // a chain
  std::uint64_t evaluations_before_ = 0;
  std::uint64_t expansions_before_ = 0;
  PilotCounts counts_;
};

}  // namespace wend
