#pragma once

#include <cuda_runtime_api.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "host/engines/cuda/chains.hpp"
#include "host/engines/cuda/records.hpp"
#include "host/engines/lockstep/batch_asker.hpp"
#include "host/engines/lockstep/memo_layout.hpp"
#include "host/engines/lockstep/row_maker.hpp"
#include "host/engines/lockstep/store.hpp"
#include "kernels/cuda/device_memory.hpp"
#include "kernels/cuda/lockstep.hpp"
#include "wend/cuda_oracle.hpp"

namespace wend {

/// Chains, their rows and the memo's in device memory: see make_cuda_store. It works on the device
/// that is current when it is made, on a stream of its own, for which the host waits twice a round:
/// for where the chains stand, and for what was wrong with the rows.
class CudaStore final : public LockstepStore {
 public:
  CudaStore(const ModelOracle& oracle, kernels::Walk walk, const ChainState& chains,
            const LockstepOptions& options, std::uint64_t memo_rows);
  CudaStore(const CudaStore&) = delete;
  CudaStore& operator=(const CudaStore&) = delete;
  /// Waits: what is under way may read the host's lists.
  ~CudaStore() override;

  [[nodiscard]] std::uint64_t chains() const override { return chains_.size(); }
  [[nodiscard]] Device device() const override;
  [[nodiscard]] ChainState save() override;
  void restore(const ChainState& state) override;
  [[nodiscard]] std::vector<std::uint64_t> samples() override;
  void begin(const kernels::RunLimits& limits, std::span<std::uint32_t> records) override;
  void begin(const TourTask& task) override;
  void end() override;
  bool walk() override;
  [[nodiscard]] std::span<const WaitingChain> waiting() const override { return waiting_; }
  void recall(std::span<const MemoRow> rows) override;
  void keep(std::span<const MemoRow> rows) override { kept_.assign(rows.begin(), rows.end()); }
  void ask(std::uint32_t context_number, std::span<const std::uint32_t> chains) override;
  void finish_asking() override;
  void settle(std::span<const std::uint32_t> asked, std::span<const SharedRow> shared) override;
  [[nodiscard]] std::uint64_t unanswered() const override;
  void add_use(OracleUse& use) const override;
  void add_times(RoundTimes& alone, RoundTimes& asking) const override;

 private:
  using Clock = std::chrono::steady_clock;
  template <class T>
  using Array = kernels::DeviceArray<T>;

  /// A list that the host makes and a kernel reads, once between two waits of the host.
  template <class T>
  struct List {
    List(std::uint64_t most, cudaStream_t stream) : host(most), device(most, "lists", stream) {}
    /// Puts the copy of the first `count` on `stream`.
    void upload(std::uint64_t count, cudaStream_t stream) const;
    kernels::PinnedArray<T> host;
    Array<T> device;
  };
  /// A list that grows, at most one element a chain.
  template <class T>
  struct Growing {
    Growing(std::uint64_t chains, cudaStream_t stream) : list(chains, stream) {}
    void push(const T& one) { list.host.data()[count++] = one; }
    /// Puts its copy on `stream`.
    void upload(cudaStream_t stream) const { list.upload(count, stream); }
    [[nodiscard]] const T* device() const { return list.device.data(); }
    List<T> list;
    std::uint32_t count = 0;
  };
  /// Rows to copy, and who has got one by that.
  struct Moves {
    Moves(std::uint64_t chains, cudaStream_t stream)
        : copies(chains, stream), installed(chains, stream) {}
    void clear() { copies.count = installed.count = 0; }
    Growing<kernels::RowCopy> copies;
    Growing<kernels::Installed> installed;
  };
  /// Of one of the oracle's contexts.
  struct Context {
    Context(const ModelOracle& oracle, std::uint32_t batch, cudaStream_t stream);
    [[nodiscard]] kernels::BatchColumns columns() const {
      return {slot.data(), depth.data(), symbol.data(), known.data(), prefix.data()};
    }
    BatchAsker asker;
    kernels::Event uploaded;  // what the host may write over from then on
    List<std::uint32_t> places;
    Array<std::uint32_t> slot, depth, symbol, known, prefix;
    kernels::PinnedArray<float> host_logs;
    kernels::PinnedArray<double> host_masses, host_own, host_kept;
    Array<float> logs;
    Array<double> masses, own, kept;
    double transfer_seconds = 0;
  };

  [[nodiscard]] kernels::PathRows paths() const;
  [[nodiscard]] kernels::LockstepCounts counts() const;
  [[nodiscard]] kernels::LockstepJob job() const;
  [[nodiscard]] std::uint32_t* row(const WaitingChain& chain) const;
  [[nodiscard]] std::uint32_t* memo_row(std::uint32_t entry) const;
  static kernels::Installed to_install(const WaitingChain& chain, bool asked);
  void copy_rows(const Growing<kernels::RowCopy>& copies, std::uint64_t words) const;
  void move(const Moves& moves) const;
  void make_again(std::span<const MemoRow> rows);
  void upload_places(const Context& context, std::uint32_t size,
                     const kernels::BatchColumns& nodes) const;
  void make_rows(const Context& context, std::uint32_t size) const;
  void upload_chains(const ChainState& state);
  void gather(std::uint32_t count);
  void ask_host(Context& context, std::uint32_t number, std::span<const std::uint32_t> chains);
  void ask_device(Context& context, std::span<const std::uint32_t> chains);
  template <class T>
  std::vector<T> downloaded(const T* values, std::uint64_t count) const;

  const ModelOracle& oracle_;
  CudaBatchOracle* const on_device_;  // who answers on the device what `oracle_` answers; or null
  const kernels::Walk walk_;
  const Device device_;
  const int device_number_;
  const LockstepMemory memory_;
  const std::uint64_t node_words_;
  const MemoLayout memo_layout_;
  const std::uint32_t record_words_;
  kernels::Stream stream_;
  kernels::Event event_;
  CudaChains chains_;
  CudaRecords records_;
  Array<std::uint32_t> words_, memo_words_;
  Array<std::uint32_t> first_, known_, taken_;
  Array<std::uint64_t> path_hits_, dummy_moves_;
  Array<kernels::Owed> owed_;
  Array<double> log_mass_, log_weight_;
  Array<std::uint32_t> end_bits_;
  Array<double> bounds_, below_;
  kernels::RowPlan plan_;
  std::uint32_t row_blocks_;
  Array<double> row_scratch_;
  Array<kernels::RowVerdict> verdicts_;  // by place in standing_
  Array<std::uint32_t> first_fault_;
  kernels::PinnedArray<std::uint32_t> host_first_fault_;
  // Of a round of draws.
  kernels::RunLimits limits_{};
  std::span<std::uint32_t> drawn_;
  List<std::uint32_t> active_;
  std::uint32_t active_count_ = 0;
  bool active_changed_ = false;
  Array<kernels::Standing> standing_;
  Array<std::uint32_t> prefixes_;
  kernels::PinnedArray<kernels::Standing> host_standing_;
  kernels::PinnedArray<std::uint32_t> host_prefixes_;
  std::vector<WaitingChain> waiting_;
  std::vector<std::uint32_t> place_of_;  // of a waiting chain in standing_
  Moves recalled_, settled_;
  Growing<kernels::RowCopy> put_away_;  // into the memo
  Growing<kernels::RowCopy> remade_;    // out of it, of a batch
  std::vector<MemoRow> kept_;
  std::vector<std::unique_ptr<Context>> contexts_;
  double gather_seconds_ = 0;
  double row_seconds_ = 0;  // of waiting for rows, of an oracle of the host's
  // Of an oracle on the device: from the first batch of a round to its rows.
  std::uint64_t batches_ = 0;
  bool asking_ = false;
  Clock::time_point asking_since_;
  Clock::duration spent_{};
};

}  // namespace wend
