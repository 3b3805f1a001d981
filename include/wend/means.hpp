#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wend/algorithm.hpp"
#include "wend/instance.hpp"
#include "wend/oracle.hpp"

namespace wend {

/// What is estimated, of a sequence x that has the target's law.
enum class MeanOf {
  kMarginals,  ///< P(the symbol at position h is c), H x A
  kLogMass,    ///< mean of ln g(x)
  kLogZ,       ///< ln of the total mass
  kLength,     ///< mean number of symbols before the first end symbol; corpora alone have one
  kSymbols     ///< mean number of times that each symbol occurs in x, A
};
inline constexpr std::array kMeansOf = {MeanOf::kMarginals, MeanOf::kLogMass, MeanOf::kLogZ,
                                        MeanOf::kLength, MeanOf::kSymbols};
std::string_view to_string(MeanOf of);  ///< "marginals", "log-mass", ..

/// An estimate. The interval holds the true value with a probability near 95%: for probabilities
/// Wilson's, with n = mean (1 - mean) / standard_error^2 draws (the number of tours where the mean
/// is 0 or 1, or there is no error), for all others mean +- 1.96 standard_error.
struct Mean {
  double mean = 0;
  double standard_error = 0;
  double low = 0;
  double high = 0;
};

/// The defaults are those of the command.
struct MeansOptions {
  Algorithm algorithm = Algorithm::kLifted;
  std::vector<MeanOf> of = {MeanOf::kMarginals, MeanOf::kLogMass, MeanOf::kLogZ};
  /// Go on until this is met, > 0 (default 0.01 without `queries`): the standard errors of ln Z and
  /// log-mass are at most X and X max(|mean|, 1), that of the length X times it, those of
  /// probabilities and symbols X times the mean or 0.05, whichever is more. Looked at after 1,024
  /// tours (a whole number a chain), and each time that they have doubled.
  std::optional<double> relative_error;
  /// Go on until so many queries were asked: a chain begins tours while it has asked fewer than
  /// queries / chains, and finishes what it has begun. More than A a chain; not with
  /// class-elimination, which may come to ask nothing.
  std::optional<std::uint64_t> queries;
  std::uint64_t chains = 64;    ///< 1 to 2^32 - 1
  std::optional<double> kappa;  ///< class-elimination only, as is delta: see SampleOptions
  std::optional<double> delta;  ///< default 0.01
  std::uint64_t seed = 0;
  unsigned threads = 0;  ///< 0: one a core. No result depends on it
  /// Of an oracle of the user's own, as in SampleOptions.
  std::optional<std::uint64_t> memo_bytes;
  std::uint32_t max_batch = 0;
  SelfTest self_test = SelfTest::kRefuse;
};

struct MeansResult {
  std::vector<Mean> marginals;  ///< [(h - 1) * A + c], or empty, as are all not asked for
  std::optional<Mean> log_mass;
  std::optional<Mean> length;
  std::vector<Mean> symbols;  ///< [c]
  std::optional<Mean> log_z;
  std::uint64_t queries = 0;
  /// Tours that are finished; the sequential sampler's proposals; null for class-elimination.
  std::optional<std::uint64_t> tours;
  std::uint64_t draws = 0;              ///< leaf visits in them; samples of class-elimination
  bool partial = false;                 ///< stopped by `stop`, or by a failure of the oracle
  std::string failure;                  ///< what the oracle threw; empty if nothing
  std::optional<OracleUse> oracle_use;  ///< of an oracle of the user's own
  double relative_error = 0;            ///< as resolved; 0 with `queries`
  double delta = 0;                     ///< as resolved, class-elimination only
  std::string device;                   ///< one line
  double seconds = 0;
};

/// Called now and then.
struct MeansProgress {
  std::uint64_t tours = 0;
  std::uint64_t queries = 0;
  Mean log_z;
};
using MeansObserver = std::function<void(const MeansProgress&)>;

/// Means over the target from the tours of a walk: whatever the estimates' errors, there is no K to
/// choose, and the standard errors are honest (docs/design.md). The walks: ratio estimators over
/// independent tours from root to root. Sequential: the same over proposals with their importance
/// weights. class-elimination: means over samples within delta of the target, whose Z is 1.
/// Results depend on the instance and the options alone. Once `stop` is set, returns what the tours
/// finished by then say: that depends on when it was, and slightly favours short tours.
/// Memory: tables; 56 bytes a mean; 64 MiB of leaves (class-elimination: all samples).
/// Throws Error: kUsage, kInput (memory), kRuntime, kInterrupted (before anything could be said).
MeansResult estimate_means(const Instance& instance, const MeansOptions& options,
                           const std::atomic<bool>& stop, const MeansObserver& observer = {});

}  // namespace wend
