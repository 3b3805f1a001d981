#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "host/engines/engine.hpp"
#include "host/instances/class/target.hpp"
#include "kernels/elimination/path_walk.hpp"

namespace wend {

/// Draws and asks paths of class-elimination for one version space. What comes out depends on the
/// target, the version space, the round and the paths alone: not on the engine or its threads.
class ClassEngine {
 public:
  ClassEngine() = default;
  ClassEngine(const ClassEngine&) = delete;
  ClassEngine& operator=(const ClassEngine&) = delete;
  virtual ~ClassEngine() = default;

  /// V from now on: members of F, ascending. Before the first call V is F.
  virtual void set_version_space(std::span<const std::uint32_t> members) = 0;

  /// Draws every path from V. `outcomes` has one element a path, `symbols` H. `survivors`, a word
  /// for every 64 of V's members (kernels::member_words), starts as the caller has it and loses the
  /// members that any of the paths eliminated. round.alive and round.watch are in host memory.
  /// Throws Error(kRuntime).
  virtual void run(const kernels::ClassRound& round, std::span<const kernels::ClassPath> paths,
                   std::span<kernels::PathOutcome> outcomes, std::span<std::uint32_t> symbols,
                   std::span<std::uint64_t> survivors) = 0;

  /// Paths that it works on at a time: a call with fewer leaves it idle in part.
  [[nodiscard]] virtual std::size_t parallel_paths() const = 0;
  [[nodiscard]] virtual Device device() const = 0;
};

/// Which oracle answers: the class's own, or a truth and noise of a replicate's.
struct ClassOracle {
  std::optional<std::uint64_t> truth;  ///< a member; else target.oracle answers
  kernels::PrefixNoise noise;
};
ClassOracle own_oracle(const ClassTarget& target);

/// `target` must outlive the engine. threads = 0: one a core. Throws Error(kUsage) if this CPU has
/// not got `simd`.
std::unique_ptr<ClassEngine> make_cpu_class_engine(const ClassTarget& target,
                                                   const ClassOracle& oracle, unsigned threads,
                                                   Simd simd = Simd::kAuto);

/// The same on the GPU that is current. Throws Error(kUsage) where there is none, and where another
/// instance answers, which it does on the CPU.
std::unique_ptr<ClassEngine> make_cuda_class_engine(const ClassTarget& target,
                                                    const ClassOracle& oracle);

}  // namespace wend
