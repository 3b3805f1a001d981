#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wend/algorithm.hpp"
#include "wend/diagnostics.hpp"
#include "wend/instance.hpp"
#include "wend/oracle.hpp"
#include "wend/sample.hpp"

namespace wend {

/// Simpler methods for the same targets, to compare with; docs/baselines.md says what each is.
enum class Baseline {
  kRejection,       ///< forward from the base, accepted by the factors
  kMemoRejection,   ///< the same, without the mass that is known to be rejected (CARS, 2510.01902)
  kBestOf,          ///< of N forward draws the one with the largest factor
  kMasking,         ///< forward by base times potentials, not corrected
  kLowTemperature,  ///< forward by rows raised to a power, not corrected
  kSuffixMh         ///< suffix-resampling Metropolis-Hastings (2510.14901)
};
inline constexpr std::array kBaselines = {Baseline::kRejection,      Baseline::kMemoRejection,
                                          Baseline::kBestOf,         Baseline::kMasking,
                                          Baseline::kLowTemperature, Baseline::kSuffixMh};
std::string_view to_string(Baseline method);

/// What is known of the law of a method's draws.
enum class BaselineLaw {
  kExact,      ///< the target's, up to rounding
  kBiased,     ///< another one
  kInTheLimit  ///< the target's after infinitely many steps; how far from it before is not known
};
std::string_view to_string(BaselineLaw law);

/// Which rows suffix-mh resamples a suffix by.
enum class SuffixProposal {
  kBase,           ///< the base's own
  kLowTemperature  ///< the base's raised to the power, and normalised
};
inline constexpr std::array kSuffixProposals = {SuffixProposal::kBase,
                                                SuffixProposal::kLowTemperature};
std::string_view to_string(SuffixProposal proposal);

struct BaselineOptions {
  Baseline method = Baseline::kRejection;
  double power = 1;            ///< the target is base^power times the factors; > 0
  std::uint32_t best_of = 16;  ///< N of best-of; >= 1
  std::uint32_t steps = 16;    ///< of suffix-mh from one kept draw to the next; >= 1
  SuffixProposal proposal = SuffixProposal::kBase;
  std::uint64_t samples = 1000;                  ///< over all chains; >= 1
  std::optional<std::uint64_t> chains;           ///< default: samples/16, at least 1, at most 1024
  std::optional<std::uint64_t> max_queries;      ///< most queries; chains share them out evenly
  std::optional<std::uint64_t> max_evaluations;  ///< the run ends with the round that reaches them
  std::uint64_t seed = 0;
  unsigned threads = 0;  ///< 0: one a core
  /// Bytes of rows that all chains share, 0 for none; when they are full no more are kept. Default:
  /// a quarter of the memory that is free.
  std::optional<std::uint64_t> memo_bytes;
  std::uint32_t max_batch = 0;             ///< nodes of a call, at most; 0: the base's own limit
  SelfTest self_test = SelfTest::kRefuse;  ///< of the base, before drawing; kPin is refused
};

/// One element a chain. proposals = accepted + rejected; one in progress is not counted.
struct BaselineChains {
  std::vector<std::uint64_t> proposals;   ///< of best-of and masking: forward draws
  std::vector<std::uint64_t> accepted;    ///< of suffix-mh: moves; else the draws kept
  std::vector<std::uint64_t> rejected;    ///< dead ends among them
  std::vector<std::uint64_t> expansions;  ///< 1 + moves down into interior nodes
  std::vector<std::uint64_t> samples;
};

struct BaselineResult {
  std::uint64_t chains = 0;
  std::uint64_t requested = 0;
  std::uint64_t drawn = 0;
  bool partial = false;
  bool budget_spent = false;  ///< max_queries or max_evaluations ended it
  BaselineChains per_chain;
  std::uint64_t proposals = 0;  ///< sums over chains
  std::uint64_t accepted = 0;
  std::uint64_t rejected = 0;
  std::uint64_t queries = 0;  ///< A times expansions
  OracleUse oracle_use;       ///< evaluations + memo_hits + shared = expansions that were answered
  std::string failure;        ///< what the base or a potential failed with; empty if nothing
  Diagnostics diagnostics;
  std::optional<double> evaluations_per_draw;
  std::optional<double> evaluations_per_effective_sample;  ///< of the lower of the two sizes
  std::optional<double> mean_log_mass;                     ///< of the draws
  std::optional<double> mean_log_mass_error;  ///< its standard error, by effective samples
  BaselineLaw law = BaselineLaw::kExact;
  std::string law_why;  ///< one clause
  Guarantee guarantee;
  std::string device;
  double run_seconds = 0;
};

/// Draws by one of the baselines from the target of `instance`: of a guided one, base^power times
/// the potentials' factors; of another oracle, its rows themselves raised to `power`. All chains'
/// next nodes are asked for in one round; draws, counters and evaluations depend on the instance,
/// the method, the seed, the chains and the memo's size alone, not on threads or max_batch. Stops
/// early, keeping what was drawn, once `stop` is set. Memory: memo_bytes, a row of 16 A bytes a
/// chain (suffix-mh: two paths of them), 64 MiB of batches.
/// Throws Error: kUsage (a method that does not fit the target), kRuntime (a counter law failed).
BaselineResult sample_baseline(const Instance& instance, const BaselineOptions& options,
                               SampleSink* sink, const std::atomic<bool>& stop,
                               const Progress& progress = {});

}  // namespace wend
