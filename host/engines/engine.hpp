#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "host/base/simd.hpp"
#include "host/oracles/oracle.hpp"
#include "kernels/walk/chain_arrays.hpp"
#include "kernels/walk/walk.hpp"
#include "wend/algorithm.hpp"
#include "wend/chain_state.hpp"

namespace wend {

/// What an engine runs on.
struct Device {
  Backend backend = Backend::kCpu;  ///< kCpu or kCuda
  std::string name;                 ///< for the report: "cpu, 2 threads, avx512" or the GPU's name
};

/// Runs a set of chains over one oracle. The draws depend on the oracle, the walk, the seed and the
/// chain's number alone: not on the engine, the threads or the sizes of the rounds.
class Engine {
 public:
  Engine() = default;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  virtual ~Engine() = default;

  /// Takes every chain to its goal of this round (kernels::sample_goal), or to where it is out of
  /// queries (kernels::out_of_queries), and writes its records (see kernels::advance_chain).
  /// Returns early, with chains standing anywhere, once `stop` is set; calling again with the same
  /// limits goes on. Throws Error(kRuntime).
  virtual void advance(const kernels::RunLimits& limits, std::span<std::uint32_t> records,
                       const std::atomic<bool>& stop) = 0;

  /// Copies the chains' state out of, or into, the engine.
  [[nodiscard]] virtual ChainState save() = 0;
  virtual void restore(const ChainState& state) = 0;
  /// save().samples, without copying the rest.
  [[nodiscard]] virtual std::vector<std::uint64_t> samples() = 0;

  /// Queries that the oracle itself has counted since the engine was made, in all.
  [[nodiscard]] virtual std::uint64_t oracle_queries() const = 0;
  [[nodiscard]] virtual Device device() const = 0;
};

/// Chains that stand at the root, with the root's expansion counted and `first_visits` leaf visits
/// to go until their first sample.
ChainState chains_at_root(const Oracle& oracle, std::uint64_t chains, std::uint32_t first_visits);

/// Throws Error(kUsage) if the arrays of `state` are not those of `chains` chains over `oracle`.
void check_state(const ChainState& state, const Oracle& oracle, std::uint64_t chains);
/// The same of chains with `path_words` words of path each.
void check_state(const ChainState& state, std::uint32_t path_words, std::uint64_t chains);

/// Throws Error(kUsage) for a ModelOracle, which the fused engines have no tables of.
void refuse_models(const Oracle& oracle);

/// Pointers into `state`, which hold until one of its vectors is resized.
kernels::ChainArrays arrays_of(ChainState& state);

/// `oracle` must outlive the engine. threads = 0: one a core. Throws Error(kUsage) if this CPU has
/// not got `simd`, for a PrefixOracle and a walk that check_walk refuses, and for a ModelOracle,
/// which is the lockstep engine's (host/engines/lockstep/engine.hpp).
std::unique_ptr<Engine> make_cpu_engine(const Oracle& oracle, kernels::Walk walk, ChainState chains,
                                        unsigned threads, Simd simd = Simd::kAuto);

/// `oracle` must outlive the engine. Throws Error(kUsage) where wend was built without CUDA or
/// there is no device, and for a PrefixOracle or a ModelOracle.
std::unique_ptr<Engine> make_cuda_engine(const Oracle& oracle, kernels::Walk walk,
                                         ChainState chains);

/// True if make_cuda_engine can work here. Never throws: a driver that fails counts as no device.
bool cuda_available();
/// True if it should work here without being asked to: not where the device is emulated.
bool cuda_preferred();

}  // namespace wend
