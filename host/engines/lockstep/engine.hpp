#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "host/base/workers.hpp"
#include "host/engines/engine.hpp"
#include "host/engines/lockstep/memo.hpp"
#include "host/engines/lockstep/memo_layout.hpp"
#include "host/engines/lockstep/memory.hpp"
#include "host/engines/lockstep/prefix_hashes.hpp"
#include "host/engines/lockstep/requests.hpp"
#include "host/engines/lockstep/store.hpp"
#include "host/oracles/model_oracle.hpp"
#include "wend/oracle.hpp"
#include "wend/round_times.hpp"

namespace wend {

/// Chains over an oracle that is asked in batches. In a round every chain walks until it stands on
/// a node whose row it has not got; the memo answers what it knows; of the rest each node is asked
/// for once, in the order of the chains that need it. Draws, counters and evaluations depend on the
/// oracle, the walk, the seed and the memo's size alone: not on threads, the size of batches, or
/// where the chains and the rows lie.
class LockstepEngine final : public Engine {
 public:
  /// `oracle` must outlive the engine. Throws Error(kUsage) where `chains` does not fit it, and for
  /// Backend::kCuda where there is no device; kAuto is kCpu.
  LockstepEngine(const ModelOracle& oracle, kernels::Walk walk, ChainState chains,
                 const LockstepOptions& options, Backend backend = Backend::kCpu);

  /// From here on every row that is asked for is kept, in the memo, and none is asked for twice:
  /// where they do not fit, that is an OracleFailure. Call before the first row is asked for; the
  /// chains cannot be restored any more.
  void pin();

  /// What the oracle throws ends it, as OracleFailure, with every chain as far as it came.
  void advance(const kernels::RunLimits& limits, std::span<std::uint32_t> records,
               const std::atomic<bool>& stop) override;
  /// Takes the chains through tours instead: see TourEngine::advance.
  void advance(const TourTask& task, const std::atomic<bool>& stop);
  [[nodiscard]] ChainState save() override { return store_->save(); }
  void restore(const ChainState& state) override;
  [[nodiscard]] std::vector<std::uint64_t> samples() override { return store_->samples(); }
  [[nodiscard]] std::uint64_t oracle_queries() const override;
  [[nodiscard]] Device device() const override { return store_->device(); }

  /// Rows that chains were charged for and have not got yet, as after a stop.
  [[nodiscard]] std::uint64_t unanswered() const { return store_->unanswered(); }
  /// So far.
  [[nodiscard]] OracleUse use() const;
  [[nodiscard]] RoundTimes times() const;

 private:
  void forget_numbers();
  void run(const std::atomic<bool>& stop);
  void go_rounds(const std::atomic<bool>& stop);
  void look_up();
  bool find_in_memo(std::uint32_t place);
  void check_pinned_room() const;
  void keep();
  void ask(const std::atomic<bool>& stop);
  void call_contexts(const std::atomic<bool>& stop);
  void forget_unanswered();
  void settle();

  [[nodiscard]] std::uint64_t& number(const WaitingChain& chain) {
    return numbers_[std::uint64_t{chain.chain} * oracle_.horizon + chain.depth];
  }
  [[nodiscard]] std::uint64_t parent_number(const WaitingChain& chain) {
    return chain.depth == 0 ? Memo::kAboveRoot : (&number(chain))[-1];
  }

  const ModelOracle& oracle_;
  const LockstepOptions options_;
  const std::uint64_t chains_;
  const std::uint64_t contexts_;
  const std::uint32_t max_batch_;
  const MemoLayout memo_layout_;
  std::optional<Memo> memo_;
  Workers workers_;  // idle but within walk(), ask() and the copying of rows
  std::unique_ptr<LockstepStore> store_;
  std::vector<std::uint64_t> numbers_;  // [chain][H]: the memo's, of the nodes on the path
  PrefixHashes hashes_;
  // Of a round.
  std::vector<Requests::Wanted> missed_;  // rows that the memo did not have
  Requests requests_;
  std::vector<char> answered_;        // a request
  std::vector<MemoRow> recalled_;     // rows that the memo had
  std::vector<std::uint32_t> asked_;  // chains whose requests were answered
  std::vector<MemoRow> kept_;         // requests whose rows the memo keeps, ascending
  std::vector<SharedRow> shared_;
  bool pinned_ = false;
  OracleUse use_;
  RoundTimes times_;  // walk, which gathers, memo and total
  double asking_seconds_ = 0;
  // Of the oracle's calls of the last round, over all contexts; before the first one nothing is
  // known.
  double oracle_seconds_ = std::numeric_limits<double>::infinity();
};

}  // namespace wend
