#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "host/base/workers.hpp"
#include "host/engines/engine.hpp"
#include "host/engines/lockstep/memory.hpp"
#include "host/engines/lockstep/rounds.hpp"
#include "host/oracles/model_oracle.hpp"
#include "kernels/walk/chain_arrays.hpp"
#include "wend/oracle.hpp"
#include "wend/round_times.hpp"

namespace wend {

/// Steps of a chain between two looks at `stop`.
inline constexpr std::uint64_t kStepsBetweenLooks = std::uint64_t{1} << 14U;

/// A chain that stands where it has no row.
struct WaitingChain {
  std::uint32_t chain;
  std::uint32_t depth;
  std::uint32_t symbol;         ///< that led there; 0 at the root
  std::uint32_t known;          ///< symbols that its slot of the oracle still has right, <= depth
  bool again;                   ///< it has had the row before, and dropped it
  const std::uint32_t* prefix;  ///< `depth` symbols, in the host's memory
};

/// A row of the memo's, and the chain that it comes from or goes to. Chains are named by their
/// place among the waiting ones, here and below.
struct MemoRow {
  std::uint32_t waiting;
  std::uint32_t entry;
};

/// A chain that gets the row that another one has asked for.
struct SharedRow {
  std::uint32_t waiting;
  std::uint32_t owner;
};

/// Where a lockstep engine's chains walk, with the rows of their paths and of the memo, and where
/// rows are made of what the oracle answers: the host's memory, or a device's. Which rows go where
/// the engine says, alike for all of them.
class LockstepStore {
 public:
  LockstepStore() = default;
  LockstepStore(const LockstepStore&) = delete;
  LockstepStore& operator=(const LockstepStore&) = delete;
  virtual ~LockstepStore() = default;

  [[nodiscard]] virtual std::uint64_t chains() const = 0;
  [[nodiscard]] virtual Device device() const = 0;
  [[nodiscard]] virtual ChainState save() = 0;
  /// Rows of paths are forgotten.
  virtual void restore(const ChainState& state) = 0;
  [[nodiscard]] virtual std::vector<std::uint64_t> samples() = 0;

  /// Begins a round of draws, all chains going on; `records` are the caller's until end().
  virtual void begin(const kernels::RunLimits& limits, std::span<std::uint32_t> records) = 0;
  /// Begins a round of tours instead. Throws Error(kUsage) where the store makes none.
  virtual void begin(const TourTask& task) = 0;
  virtual void end() = 0;
  /// Every chain that goes on walks until it waits or has taken the steps of one call. False if
  /// none goes on.
  virtual bool walk() = 0;
  /// Those that wait after walk(), by their numbers; valid until it is called again.
  [[nodiscard]] virtual std::span<const WaitingChain> waiting() const = 0;

  /// Gives chains the memo's rows.
  virtual void recall(std::span<const MemoRow> rows) = 0;
  /// Before a round's rows are asked for: those of them that go into the memo, an entry once.
  virtual void keep(std::span<const MemoRow> rows) = 0;
  /// Asks the oracle for the rows of some chains, at most a batch, and makes them on their paths.
  /// Calls with different contexts may run at the same time. Throws OracleFailure.
  virtual void ask(std::uint32_t context, std::span<const std::uint32_t> chains) = 0;
  /// Waits until the rows that were asked for are there. Throws OracleFailure.
  virtual void finish_asking() = 0;
  /// The rows of `asked` are theirs from now on, and those that are kept the memo's; some go to
  /// other chains.
  virtual void settle(std::span<const std::uint32_t> asked, std::span<const SharedRow> shared) = 0;

  /// Chains that were charged for a row that they have not got yet.
  [[nodiscard]] virtual std::uint64_t unanswered() const = 0;
  /// Adds batches, path_hits and seconds.
  virtual void add_use(OracleUse& use) const = 0;
  /// Adds what ask() took for oracle, rows, memo, gather and transfers to `asking`, summed over the
  /// contexts; what walk() took for gather, and finish_asking() for oracle or rows, to `alone`.
  virtual void add_times(RoundTimes& alone, RoundTimes& asking) const = 0;
};

/// In the host's memory. `memo_rows`: that the memo may keep. `workers` must outlive it.
std::unique_ptr<LockstepStore> make_host_store(const ModelOracle& oracle, kernels::Walk walk,
                                               ChainState chains, const LockstepOptions& options,
                                               std::uint64_t memo_rows, Workers& workers);
/// In the memory of the GPU that is current, on a stream of its own (host/engines/cuda/). Throws
/// Error(kUsage) where wend was built without CUDA or there is no device.
std::unique_ptr<LockstepStore> make_cuda_store(const ModelOracle& oracle, kernels::Walk walk,
                                               ChainState chains, const LockstepOptions& options,
                                               std::uint64_t memo_rows);

/// Bytes that the current GPU has free. Throws as make_cuda_store does.
std::uint64_t free_cuda_memory();

}  // namespace wend
