#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "host/engines/engine.hpp"
#include "host/engines/lockstep/memo.hpp"
#include "host/engines/lockstep/row_maker.hpp"
#include "host/oracles/model_oracle.hpp"
#include "kernels/lockstep/walk.hpp"
#include "wend/oracle.hpp"

namespace wend {

struct LockstepOptions {
  unsigned threads = 0;                          ///< 0: one a core
  std::uint64_t memo_bytes = 0;                  ///< of rows that all chains share; 0: none
  std::uint64_t path_bytes = ~std::uint64_t{0};  ///< for the rows of paths, at most
  std::uint32_t max_batch = 0;  ///< nodes of a call, at most; 0: the oracle's own limit
};

/// Memory of an engine, known before it is made.
struct LockstepMemory {
  std::uint64_t node_bytes;   ///< of a node's row
  std::uint32_t levels;       ///< rows that a chain keeps, of its horizon
  std::uint64_t path_bytes;   ///< of all chains' rows
  std::uint64_t other_bytes;  ///< batches, sums of paths, a few words a chain
};

/// Rows of whole paths if they fit options.path_bytes, else of as many levels as do. Throws
/// Error(kUsage) if not even one level does.
LockstepMemory lockstep_memory(const ModelOracle& oracle, kernels::Walk walk, std::uint64_t chains,
                               const LockstepOptions& options);

/// Chains over an oracle that is asked in batches. In a round every chain walks until it stands on
/// a node whose row it has not got; the memo answers what it knows; of the rest each node is asked
/// for once, in the order of the chains that need it. Draws, counters and evaluations depend on the
/// oracle, the walk, the seed and the memo's size alone: not on threads or the size of batches.
class LockstepEngine final : public Engine {
 public:
  /// `oracle` must outlive the engine. Throws Error(kUsage) where `chains` does not fit it.
  LockstepEngine(const ModelOracle& oracle, kernels::Walk walk, ChainState chains,
                 const LockstepOptions& options);

  /// From here on every row that is asked for is kept, in the memo, and none is asked for twice:
  /// where they do not fit, that is an OracleFailure. Call before the first row is asked for; the
  /// chains cannot be restored any more.
  void pin();

  /// What the oracle throws ends it, as OracleFailure, with every chain as far as it came.
  void advance(const kernels::RunLimits& limits, std::span<std::uint32_t> records,
               const std::atomic<bool>& stop) override;
  [[nodiscard]] ChainState save() override;
  void restore(const ChainState& state) override;
  [[nodiscard]] std::vector<std::uint64_t> samples() override { return state_.samples; }
  [[nodiscard]] std::uint64_t oracle_queries() const override;
  [[nodiscard]] Device device() const override;

  /// Rows that chains were charged for and have not got yet, as after a stop.
  [[nodiscard]] std::uint64_t unanswered() const;
  /// So far.
  [[nodiscard]] OracleUse use() const;

 private:
  /// A chain whose row another one asks for.
  struct Sharer {
    std::uint32_t chain;
    std::uint32_t request;  // its place among them
  };
  using Clock = std::chrono::steady_clock;

  void forget_paths();
  [[nodiscard]] kernels::PathRows paths();
  void walk(const kernels::RunLimits& limits, std::span<std::uint32_t> records);
  template <kernels::Walk kWalk, class MakeRows>
  void walk_all(const MakeRows& rows, const kernels::RunLimits& limits,
                std::span<std::uint32_t> records);
  void gather();
  bool answer_from_memo(std::uint32_t chain);
  void add_request(std::uint32_t chain);
  [[nodiscard]] bool same_node(std::uint32_t chain, std::uint32_t other) const;
  void check_pinned_room() const;
  void ask(const std::atomic<bool>& stop);
  void ask_batch(std::uint32_t context_number, std::span<const std::uint32_t> requests);
  void keep_answers();
  void installed(std::uint32_t chain);

  [[nodiscard]] std::uint32_t* path(std::uint64_t chain) {
    return state_.path.data() + chain * state_.path_words;
  }
  [[nodiscard]] const std::uint32_t* path(std::uint64_t chain) const {
    return state_.path.data() + chain * state_.path_words;
  }
  [[nodiscard]] std::uint64_t& number(std::uint64_t chain, std::uint32_t depth) {
    return numbers_[chain * oracle_.horizon + depth];
  }
  [[nodiscard]] std::uint64_t parent_number(std::uint64_t chain);
  [[nodiscard]] std::uint32_t last_symbol(std::uint64_t chain) const;
  [[nodiscard]] std::span<std::uint32_t> row(std::uint64_t chain);

  const ModelOracle& oracle_;
  const kernels::Walk walk_;
  ChainState state_;
  const LockstepOptions options_;
  const unsigned threads_;
  const LockstepMemory memory_;
  const std::uint32_t record_words_;
  TableMemory<std::uint32_t> words_;
  std::vector<std::uint32_t> first_;
  std::vector<std::uint32_t> known_;
  std::vector<std::uint32_t> taken_;
  std::vector<std::uint64_t> path_hits_;
  std::vector<std::uint64_t> dummy_moves_;
  std::vector<double> log_mass_;    // [chain][H + 1], where the paths' sums are kept
  std::vector<double> log_weight_;  // the same
  std::vector<kernels::Rest> rests_;
  std::vector<kernels::Owed> owed_;
  std::optional<Memo> memo_;
  std::vector<std::uint64_t> numbers_;  // [chain][H]: the memo's, of the nodes on the path
  // Of a round.
  std::vector<std::uint32_t> active_;    // chains that walk on, ascending
  std::vector<std::uint32_t> requests_;  // the first chain of each node that must be asked for
  std::vector<Sharer> sharers_;
  std::vector<char> answered_;              // a request
  std::vector<std::uint32_t> round_table_;  // open addressing: 1 + request, or 0
  std::vector<std::uint64_t> round_hashes_;
  // Of the oracle's contexts.
  struct Context {
    std::vector<std::uint32_t> slot, depth, symbol, known;
    std::vector<const std::uint32_t*> prefix;
    std::vector<float> logs;
    std::vector<double> masses, own, kept;
    std::optional<RowMaker> maker;
    std::uint64_t batches = 0;
    Clock::duration spent{};
  };
  std::vector<Context> contexts_;
  std::uint32_t max_batch_;
  bool pinned_ = false;
  double walk_seconds_ = 0;  // of the last time, on one thread
  OracleUse use_;
};

}  // namespace wend
