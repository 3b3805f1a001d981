#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "wend/instance.hpp"

namespace wend {

/// The nodes of one call of BatchOracle::expand: arrays of `size` elements. Node i is the prefix of
/// depth[i] symbols at prefix[i]; the chain in slot[i] stands there, having taken symbol[i] last.
///
/// An oracle that keeps something of a slot's prefix (a key-value cache, a state) has all of it as
/// of that slot's last call, of which the first known[i] symbols are still those of this prefix:
/// what it kept beyond them is gone, and prefix[i][known[i]] .. prefix[i][depth[i] - 1] are new to
/// it. Most calls bring one new symbol; more after nodes whose rows were remembered elsewhere.
struct OracleBatch {
  std::uint32_t size = 0;
  const std::uint32_t* slot = nullptr;           ///< below the number of chains, each once
  const std::uint32_t* depth = nullptr;          ///< 0 (the root) .. H - 1
  const std::uint32_t* symbol = nullptr;         ///< 0 at the root
  const std::uint32_t* known = nullptr;          ///< <= depth
  const std::uint32_t* const* prefix = nullptr;  ///< of depth[i] symbols each
};

/// What the rows of an oracle are.
enum class RowKind : std::uint8_t {
  kLogRatio,  ///< ln( w(c) / w(u) ), in float: -inf where w(c) is 0
  kMass       ///< w(c) and w(u), in double, on any scale of each row's own; >= 0 and finite
};

/// Where the rows of a call go: row i at [i * A], child c of node i at [i * A + c]. At the last
/// level, and for end symbols, the child is a leaf and its w is its own mass g, exactly.
struct OracleRows {
  float* log_ratio = nullptr;  ///< n x A with RowKind::kLogRatio, else null
  double* mass = nullptr;      ///< n x A with RowKind::kMass, else null
  double* own = nullptr;       ///< n with RowKind::kMass: w(u); not read at the root
  /// Of built-in instances alone: what the sequential sampler keeps of proposals of each child.
  double* kept = nullptr;
  /// Null unless the estimate is trained and OracleTraits::buckets > 0: the bucket of each child,
  /// n x A, and of each node itself, n, the same as in its parent's row; below `buckets`. Those of
  /// leaves, of children of mass 0 and of the root are not read.
  std::uint32_t* bucket = nullptr;
  std::uint32_t* own_bucket = nullptr;
};

/// What wend must know of an oracle before it asks.
struct OracleTraits {
  std::string name = "oracle";  ///< for messages and reports
  std::uint32_t alphabet = 0;   ///< A, 2 to 262,144
  std::uint32_t horizon = 0;    ///< H, 1 to 65,535
  RowKind rows = RowKind::kLogRatio;
  std::vector<std::uint32_t> end;  ///< symbols after which a sequence is complete
  /// The accuracy where it is known: mu/kappa <= w <= kappa mu at every node, on one scale.
  std::optional<double> kappa;
  /// Largest mu/w at depth h, [h - 1]: H numbers, the last one 1, or none where no more is known
  /// than kappa. See InstanceFacts::kappa_by_depth.
  std::vector<double> kappa_by_depth;
  std::string kappa_why;  ///< where these come from: one clause
  /// Largest S(u)/w(u) at depth h, [h]: H numbers, the root's being of no matter, or none. Where
  /// it is known the sequential sampler can correct by rejection. An estimate that is an upper
  /// bound made of factors of at most 1 has 1 everywhere. Where sequences end early, bounds below 1
  /// count as 1.
  std::vector<double> ratio_bound;
  std::uint32_t max_batch =
      0;  ///< nodes of a call, at most; 0: what fits 64 MiB of rows, else 512 at most
  std::uint32_t contexts = 1;    ///< calls that may run at once, each with its own share of slots
  std::uint64_t most_slots = 0;  ///< chains that it can keep apart, at most; 0: any number
  /// Kinds of node, at most 262,144, that training may tell apart (SampleOptions::adapt): nodes of
  /// one depth and bucket get one factor. 0: none are named, and the last symbol stands in.
  std::uint32_t buckets = 0;
  std::string bucket_why;                 ///< what they are: "automaton state, last symbol"
  std::vector<std::string> symbol_names;  ///< empty, or A names
  std::vector<std::string> symbol_bytes;  ///< what the symbols stand for: empty, or A byte strings
};

/// A mass estimate that is a function: a model, a counter, a program of the user's own.
///
/// The estimates must be a function of the prefix alone: not of the slot, nor of who else is in a
/// batch. sample() asks some prefixes twice to see, before it draws (SelfTest). One run asks an
/// oracle at a time: another one is refused meanwhile.
class BatchOracle {
 public:
  BatchOracle() = default;
  BatchOracle(const BatchOracle&) = delete;
  BatchOracle& operator=(const BatchOracle&) = delete;
  virtual ~BatchOracle() = default;

  /// Constant from the first call on.
  [[nodiscard]] virtual const OracleTraits& traits() const = 0;

  /// Writes the rows of all nodes of a batch. `context` is below traits().contexts; a slot always
  /// comes with the same one, and calls with different ones may run at the same time. What it
  /// throws ends the run, which keeps what was drawn.
  virtual void expand(std::uint32_t context, const OracleBatch& batch, const OracleRows& rows) = 0;

  /// Numbers that say which buckets are alike, or none: F of each of OracleTraits::buckets, where
  /// those are 0 of each symbol; [b * F + k], 1 <= F <= 64. Training fits ln V as a linear function
  /// of them at each depth, or a small network, which takes far fewer answers than a factor of each
  /// bucket. Asked for before scouts go, where Adapt::kFeatures is among what may be chosen.
  [[nodiscard]] virtual std::vector<double> bucket_features() const { return {}; }
};

/// A target whose estimates `oracle` gives: g(x) is the product of the ratios along x, so that the
/// root's w is 1. Its chains run in the lockstep engine (docs/oracles.md). Throws Error(kUsage) for
/// traits that do not fit each other.
std::shared_ptr<const Instance> make_oracle(std::shared_ptr<BatchOracle> oracle);

/// What asking a model came to, beside the queries that its chains are charged.
struct OracleUse {
  std::uint64_t evaluations = 0;  ///< rows that the oracle computed, without the self-test's
  std::uint64_t batches = 0;      ///< calls of it
  std::uint64_t path_hits = 0;    ///< rows that a chain still had, from its last time there
  std::uint64_t memo_hits = 0;    ///< rows that the memo had
  std::uint64_t scouted = 0;      ///< rows that scouts had asked for (Adaptation)
  std::uint64_t shared = 0;       ///< rows that another chain asked for in the same round
  /// Of all of these, rows of nodes that a chain came back to from below, having dropped theirs for
  /// want of memory: evaluations + hits + shared = expansions + repeats.
  std::uint64_t repeats = 0;
  std::uint64_t memo_rows = 0;    ///< kept at the end
  std::uint64_t memo_bytes = 0;   ///< that the memo may take; 0: there is none
  std::uint64_t self_tested = 0;  ///< rows that the self-test asked for
  /// Of the logarithms that it was told of one prefix at two times; infinite where but one of them
  /// is finite.
  double largest_difference = 0;
  /// They differ, and every prefix keeps its first row for the run (SelfTest::kPin). What is drawn
  /// has the law that these rows define, which depends on the batches that they were asked in.
  bool pinned = false;
  double seconds = 0;  ///< in the oracle's calls, over all contexts
};

}  // namespace wend
