#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "wend/algorithm.hpp"
#include "wend/counters.hpp"
#include "wend/instance.hpp"
#include "wend/oracle.hpp"
#include "wend/round_times.hpp"

namespace wend {

/// What to measure. The defaults are those of the command.
struct ThroughputOptions {
  Algorithm algorithm = Algorithm::kLifted;  ///< one that walks; sequential: uncorrected
  double seconds = 0.5;                      ///< for each row, above 0 and finite
  /// Nodes of a call. None: 1, 2, 4, .. up to what the oracle takes, or 4,096.
  std::vector<std::uint32_t> batch;
  /// Chains of a run. None: 1, 16, 64, 256, 1,024, 4,096, as far as the oracle and the memory go.
  std::vector<std::uint64_t> chains;
  std::uint64_t seed = 0;
  Backend backend = Backend::kAuto;         ///< as in SampleOptions
  unsigned threads = 0;                     ///< of the engines; 0: one a core
  std::optional<std::uint64_t> memo_bytes;  ///< as in SampleOptions
  std::uint32_t max_batch = 0;              ///< nodes of a call, at most; 0: the oracle's limit
};

/// Calls of the oracle alone, one after the other, in one of its contexts; of one that a GPU
/// evaluates the rows come to the host, which is a part of a call. Its nodes are those of
/// sequences that grow by a symbol a call, drawn by the oracle's own law, and begin again at the
/// root when they end.
struct CallRates {
  std::uint32_t batch = 0;  ///< nodes of a call
  std::uint64_t calls = 0;
  std::uint64_t evaluations = 0;  ///< calls * batch
  std::uint64_t tokens = 0;       ///< symbols that were new to it; a root has none
  double mean_depth = 0;          ///< of the nodes
  double seconds = 0;             ///< in the calls
  /// Of a network: products of the matrices that these evaluations need, in floating-point
  /// operations a second, and the same products alone, without anything between them.
  std::optional<double> flops;
  std::optional<double> product_flops;
};

/// A run of chains in the lockstep engine.
struct LockstepRates {
  std::uint64_t chains = 0;
  std::uint64_t contexts = 0;  ///< of the oracle, that were asked at once
  std::uint32_t room = 0;      ///< nodes that a call could have had
  Counters totals;             ///< reconciled
  OracleUse use;
  RoundTimes times;
  double seconds = 0;
};

/// A run of chains on tables, in the fused engine.
struct FusedRates {
  std::uint64_t chains = 0;
  Counters totals;  ///< reconciled
  double seconds = 0;
};

struct ThroughputResult {
  std::string oracle;              ///< its name
  std::uint32_t contexts = 1;      ///< calls of it that may run at once
  std::string device;              ///< of the lockstep engine, one line
  std::string fused_device;        ///< empty for oracles that are asked
  std::uint64_t read_flops = 0;    ///< of a network: products of a symbol's reading
  std::uint64_t answer_flops = 0;  ///< and of a row of logits
  std::vector<CallRates> calls;
  std::vector<LockstepRates> lockstep;
  std::vector<FusedRates> fused;  ///< none for oracles that are asked
  bool partial = false;           ///< ended early, by `stop` or a failure
  std::string failure;            ///< what the oracle threw; empty if nothing
  double seconds = 0;
};

/// Called before each row with what is measured next: "64 chains in lockstep".
using ThroughputObserver = std::function<void(const std::string& what)>;

/// Measures how many evaluations a second an oracle gives, alone and to chains, and
/// where the time goes. Ends early, with the rows so far, once `stop` is set. What is drawn on the
/// way depends on the seed, how much of it on the clock. Throws Error: kUsage (options that do not
/// fit the instance, no such backend), kInput (what does not fit the memory), kRuntime (a counter
/// law failed).
ThroughputResult measure_throughput(const Instance& instance, const ThroughputOptions& options,
                                    const std::atomic<bool>& stop,
                                    const ThroughputObserver& observer = {});

}  // namespace wend
