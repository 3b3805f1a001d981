#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "wend/adaptation.hpp"
#include "wend/algorithm.hpp"
#include "wend/chain_state.hpp"
#include "wend/choice.hpp"
#include "wend/class_result.hpp"
#include "wend/counters.hpp"
#include "wend/diagnostics.hpp"
#include "wend/instance.hpp"
#include "wend/oracle.hpp"

namespace wend {

/// What to draw. The defaults are those of the command.
struct SampleOptions {
  Algorithm algorithm = Algorithm::kAuto;
  /// Sequential only, but for kWalk, which goes with class-elimination alone.
  Correction correction = Correction::kReject;
  std::uint64_t samples = 1000;         ///< N, over all chains; >= 1
  std::optional<std::uint64_t> chains;  ///< default: N/16, at least 1, at most 65,536
  Visits visits = Visits::kDefault;     ///< default: proven
  std::uint32_t fixed_visits = 0;       ///< K, with Visits::kFixed; >= 1
  std::optional<std::uint32_t> thin;    ///< visits from sample to sample; default K
  std::optional<double> kappa;          ///< overrides the instance's
  double delta = 0.01;                  ///< total variation accepted, in (0, 1)
  /// Most queries of the run, with those of Algorithm::kAuto's pilots; see
  /// SampleResult::budget_spent.
  std::optional<std::uint64_t> max_queries;
  VersionSpace version_space = VersionSpace::kShared;  ///< class-elimination only, as is below
  bool replicates = false;  ///< independent chains have a truth and a noise seed of their own
  bool audit = false;       ///< goes on asking leaves once one member is left
  std::uint64_t seed = 0;
  Backend backend = Backend::kAuto;
  unsigned threads = 0;                      ///< CPU threads; 0: one a core
  std::uint64_t buffer_bytes = 256U << 20U;  ///< records between engine and sink
  EngineKind engine = EngineKind::kAuto;     ///< walks and the sequential sampler only
  /// Lockstep only: bytes of rows that all chains share, 0 for none. Default: a quarter of the
  /// memory that is free; of a table's own rows, none.
  std::optional<std::uint64_t> memo_bytes;
  std::uint32_t max_batch = 0;  ///< lockstep only: nodes of a call, at most; 0: the oracle's limit
  /// Lockstep only, of an oracle of the user's own: some prefixes are asked for twice before
  /// drawing.
  SelfTest self_test = SelfTest::kRefuse;
  /// Walks only: the estimate is trained by scouts before it is drawn by (docs/adapt.md). With
  /// `max_queries` scouts take at most an eighth of it.
  Adapt adapt = Adapt::kNone;
  /// Trained estimates are at least this share of the untrained ones, in (0, 1]: where mu <=
  /// kappa_h w is known, mu <= kappa_h / adapt_floor w V is.
  std::optional<double> adapt_floor;
  /// Nodes that scouts ask for, at most; default: for as long as it pays.
  std::optional<std::uint64_t> scouts;
};

/// Consecutive draws of one chain. Row numbers count over (chain, draw).
struct SampleRows {
  std::uint64_t row;  ///< number of the first
  std::uint64_t chain;
  std::uint64_t count;
  const std::uint32_t* symbols;  ///< count x H
  const double* log_mass;        ///< count; ln g
  const double* log_weight;      ///< count, or null without Correction::kWeight
};

/// Takes draws as they come, from several threads at once, for disjoint rows in any order.
class SampleSink {
 public:
  SampleSink() = default;
  SampleSink(const SampleSink&) = delete;
  SampleSink& operator=(const SampleSink&) = delete;
  virtual ~SampleSink() = default;
  virtual void put(const SampleRows& rows) = 0;
};

struct Guarantee {
  std::optional<double> tv;  ///< bound (proven) or estimate (measured) of the distance
  GuaranteeKind kind = GuaranteeKind::kNone;
  std::string why;
};

/// What was run and what came out, beside the draws themselves.
struct SampleResult {
  Algorithm algorithm = Algorithm::kLifted;  ///< that ran
  std::optional<Choice> choice;              ///< with Algorithm::kAuto
  std::uint64_t chains = 0;
  std::uint64_t requested = 0;
  std::uint64_t drawn = 0;    ///< < requested only if partial
  bool partial = false;       ///< stopped by `stop`, or budget_spent
  bool budget_spent = false;  ///< options.max_queries left no room for another query
  /// kProven, kMeasured or kFixed; none without leaf visits. kProven too where kMeasured was asked
  /// for and the proven K is no larger.
  std::optional<Visits> visits;
  std::uint32_t first_visits = 0;  ///< K
  std::uint32_t thin = 0;
  std::optional<double> kappa;
  std::optional<double> relaxation;      ///< most visits to relax, proven; of walks
  std::uint64_t pilot_tours = 0;         ///< of the pilot run that measured K, if there was one
  std::uint64_t pilot_queries = 0;       ///< the same
  std::uint64_t pilot_evaluations = 0;   ///< the same: rows that an asked oracle computed for it
  std::optional<Adaptation> adaptation;  ///< where the estimate was trained
  std::optional<OracleUse> oracle_use;   ///< lockstep engine only
  std::string failure;                   ///< what the oracle threw; empty if nothing
  Counters totals;                       ///< reconciled
  ChainState state;                      ///< final state of every chain; class-elimination: none
  /// Class-elimination only. With Correction::kWalk it came before the walk, whose totals and state
  /// the others are, and `visits` is set.
  std::optional<ClassResult> elimination;
  Diagnostics diagnostics;
  Guarantee guarantee;
  Backend backend = Backend::kCpu;  ///< what drew: kCpu or kCuda
  std::string device;               ///< one line
  double compile_seconds = 0;       ///< building the rows
  double pilot_seconds = 0;
  double run_seconds = 0;  ///< walking, decoding and handing over
};

/// Draws of chain c: N / chains, one more for the first N % chains of them.
std::uint64_t chain_quota(std::uint64_t samples, std::uint64_t chains, std::uint64_t chain);
/// Row number of chain c's first draw.
std::uint64_t first_row(std::uint64_t samples, std::uint64_t chains, std::uint64_t chain);

/// Called with 0 once sampling begins, then now and then with the samples drawn so far.
using Progress = std::function<void(std::uint64_t drawn, std::uint64_t requested)>;

/// A call of an oracle that has not returned.
struct OracleWait {
  std::string oracle;       ///< its name
  std::uint32_t nodes = 0;  ///< of the call
  std::uint32_t least_depth = 0;
  std::uint32_t most_depth = 0;
  double seconds = 0;  ///< so far
};

/// Called several times a second while a call of an oracle of the user's own lasts longer than a
/// second, or any time at all once `stop` is set; of several the longest. From a thread of its own,
/// never at the same time as Progress.
using Waiting = std::function<void(const OracleWait& wait)>;

/// Called with what scouts have found (SampleOptions::adapt), once, before anything is drawn.
using Adapted = std::function<void(const Adaptation& found)>;

/// Draws, reconciles every chain's counters and measures. Stops early, keeping what was drawn, once
/// `stop` is set. Memory: tables; 52 bytes a chain plus its path, twice while its state is copied;
/// options.buffer_bytes, or one record a chain if that is more.
/// Throws Error: kUsage (options that do not fit the instance), kRuntime (a counter law failed).
SampleResult sample(const Instance& instance, const SampleOptions& options, SampleSink* sink,
                    const std::atomic<bool>& stop, const Progress& progress = {},
                    const Waiting& waiting = {}, const Adapted& adapted = {});

}  // namespace wend
