#pragma once

#include <deque>
#include <optional>
#include <variant>
#include <vector>

#include "host/base/table_memory.hpp"
#include "host/engines/lockstep/batch_asker.hpp"
#include "host/engines/lockstep/made_nodes.hpp"
#include "host/engines/lockstep/memo_layout.hpp"
#include "host/engines/lockstep/rounds.hpp"
#include "host/engines/lockstep/row_maker.hpp"
#include "host/engines/lockstep/store.hpp"
#include "kernels/lockstep/walk.hpp"

namespace wend {

/// Chains and rows in the host's memory: see make_host_store.
class HostStore final : public LockstepStore {
 public:
  HostStore(const ModelOracle& oracle, kernels::Walk walk, ChainState chains,
            const LockstepOptions& options, std::uint64_t memo_rows, Workers& workers);

  [[nodiscard]] std::uint64_t chains() const override { return state_.chains(); }
  [[nodiscard]] Device device() const override;
  [[nodiscard]] ChainState save() override;
  void restore(const ChainState& state) override;
  [[nodiscard]] std::vector<std::uint64_t> samples() override { return state_.samples; }
  void begin(const kernels::RunLimits& limits, std::span<std::uint32_t> records) override;
  void begin(const TourTask& task) override;
  void end() override;
  bool walk() override;
  [[nodiscard]] std::span<const WaitingChain> waiting() const override {
    return std::span(waiting_).first(waiting_count_);
  }
  void recall(std::span<const MemoRow> rows) override;
  void keep(std::span<const MemoRow> rows) override;
  void ask(std::uint32_t context_number, std::span<const std::uint32_t> chains) override;
  void finish_asking() override {}
  void settle(std::span<const std::uint32_t> asked, std::span<const SharedRow> shared) override;
  [[nodiscard]] std::uint64_t unanswered() const override;
  void add_use(OracleUse& use) const override;
  void add_times(RoundTimes& alone, RoundTimes& asking) const override;

 private:
  void forget_paths();
  [[nodiscard]] kernels::PathRows paths() {
    return {words_.data(), first_.data(), known_.data(), node_words_, memory_.levels};
  }
  [[nodiscard]] std::span<std::uint32_t> row(const WaitingChain& chain) {
    return {paths().node(chain.chain, chain.depth), node_words_};
  }
  [[nodiscard]] std::span<std::uint32_t> memo_row(std::uint32_t entry) {
    return {memo_words_.data() + entry * memo_layout_.words, memo_layout_.words};
  }
  void prefetch_memo_row(std::uint32_t entry);
  /// The chain has the row of where it stands; what it had further down, if anything, is of an
  /// older visit to here and dropped.
  void got(const WaitingChain& chain) {
    paths().got(chain.chain, chain.depth);
    owed_[chain.chain] = kernels::Owed::kNothing;
  }
  /// Whether chains that stand on a leaf have the rows of all depths above it.
  [[nodiscard]] bool sums_at_leaves() const {
    return oracle_.shape().end == nullptr && memory_.levels == oracle_.horizon;
  }
  /// What of the chain's row goes into the memo.
  [[nodiscard]] std::span<const std::uint32_t> kept_words(const WaitingChain& chain) {
    return row(chain).subspan(memo_layout_.first_word, memo_layout_.words);
  }
  template <class Row, class Copy>
  void each_row(std::span<const Row> rows, const Copy& copy);
  /// Has all of `count` rows made, of `cells` symbols: work(maker, first, last) makes some, on
  /// several threads where that is worth it and else with `maker`. Returns how many threads.
  template <class Work>
  unsigned each_made(RowMaker& maker, std::uint64_t count, std::uint64_t cells, unsigned threads,
                     const Work& work);
  void make_again(std::span<const MemoRow> rows);
  void all_go_on(std::uint64_t step_budget);
  template <kernels::Walk kWalk, class MakeRows>
  void walk_all(const MakeRows& rows);
  void gather();

  const ModelOracle& oracle_;
  Workers& workers_;
  const kernels::Walk walk_;
  ChainState state_;
  const unsigned threads_;
  const Simd simd_;
  const LockstepMemory memory_;
  const std::uint64_t node_words_;
  const MemoLayout memo_layout_;
  const std::uint32_t record_words_;
  TableMemory<std::uint32_t> words_;
  TableMemory<std::uint32_t> memo_words_;
  MadeNodes made_nodes_;
  std::vector<std::uint32_t> first_;
  std::vector<std::uint32_t> known_;
  std::vector<std::uint32_t> taken_;
  std::vector<std::uint64_t> path_hits_;
  std::vector<std::uint64_t> dummy_moves_;
  std::vector<double> log_mass_;    // [chain][H + 1], where sums are kept along the paths
  std::vector<double> log_weight_;  // the same
  std::vector<kernels::Rest> rests_;
  std::vector<kernels::Owed> owed_;
  // Of a round.
  std::variant<SampleRound, TourRound> round_;
  std::vector<MadeNodes::Node> wanted_;  // of the rows that are made again
  std::uint64_t step_budget_ = 0;        // of a call
  std::vector<std::uint32_t> active_;    // chains that go on, ascending
  std::vector<WaitingChain> waiting_;    // room for all chains
  std::size_t waiting_count_ = 0;
  std::vector<std::uint32_t>
      kept_in_;              // a waiting chain: the memo's entry for its row, or kNowhere
  double walk_seconds_ = 0;  // of the last time, on one thread
  double gather_seconds_ = 0;
  // Of the oracle's contexts.
  struct Context {
    BatchAsker asker;
    std::vector<float> logs;
    std::vector<double> masses, own, kept;
    std::optional<RowMaker> maker;
    double row_seconds = 0;
    double memo_seconds = 0;
  };
  std::vector<Context> contexts_;
  std::deque<RowMaker> other_makers_;  // of threads beside a context's
};

}  // namespace wend
