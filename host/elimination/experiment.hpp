#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "host/elimination/engine.hpp"
#include "wend/class_result.hpp"
#include "wend/sample.hpp"

namespace wend {

/// What an experiment is to do.
struct ExperimentSettings {
  std::uint64_t first_chain = 0;  ///< its chains are first_chain .. first_chain + chains - 1
  std::uint64_t chains = 0;
  std::uint64_t samples = 0;     ///< of the whole run, over
  std::uint64_t all_chains = 0;  ///< this many: chain_quota() says what a chain owes
  double kappa = 1.0;
  std::uint64_t paths_to_certify = 0;  ///< N
  std::uint64_t seed = 0;
  std::uint64_t query_limit = ~std::uint64_t{0};
  bool audit = false;
  /// The members left are wanted, not draws, and the class need not hold the target: it ends once V
  /// is certified, has one member, or is exhausted, and leaf answers are held to kappa as well.
  bool for_estimate = false;
};

/// Takes one draw of a chain, its `draw`-th; called in order of `draw` for each chain, by one
/// thread at a time.
using DrawTaker =
    std::function<void(std::uint64_t chain, std::uint64_t draw, const std::uint32_t* symbols)>;

/// One version space and the chains that share it, from the whole class to their last sample.
/// docs/design.md has the algorithm and why it is right.
class ClassExperiment {
 public:
  /// All of these must outlive it. `chains`: the whole run's arrays, of which it writes its own
  /// chains' elements.
  ClassExperiment(const ClassTarget& target, const ClassOracle& oracle, ClassEngine& engine,
                  const ExperimentSettings& settings, ClassChains& chains, DrawTaker take);

  /// Runs to the end, or until `stop` or the query limit. Throws Error(kRuntime): class exhausted
  /// (not for_estimate), an audit that failed.
  void run(const std::atomic<bool>& stop);

  [[nodiscard]] const std::vector<ClassPhase>& phases() const { return phases_; }
  [[nodiscard]] std::uint64_t queries_before() const { return queries_before_; }
  [[nodiscard]] std::uint64_t queries_after() const { return queries_ - queries_before_; }
  [[nodiscard]] std::uint64_t oracle_queries() const { return oracle_queries_; }
  [[nodiscard]] std::uint64_t samples_certified() const { return samples_certified_; }
  [[nodiscard]] std::uint64_t samples_direct() const { return samples_direct_; }
  [[nodiscard]] bool budget_spent() const { return budget_spent_; }
  [[nodiscard]] std::optional<std::uint64_t> survivor() const {
    return space_.size() == 1 ? std::optional<std::uint64_t>(space_[0]) : std::nullopt;
  }

  /// Members of V that no answer has ruled out, ascending; exhausted(): before the last round's.
  [[nodiscard]] std::vector<std::uint32_t> members_left() const;
  [[nodiscard]] bool exhausted() const { return exhausted_; }
  [[nodiscard]] std::uint64_t paths_exhausted() const { return paths_exhausted_; }

 private:
  void begin_phase();
  [[nodiscard]] std::uint64_t due(std::uint64_t chain) const;
  [[nodiscard]] bool finished() const { return samples_left_ == 0; }
  [[nodiscard]] std::uint64_t round_paths() const;
  void choose_paths(std::uint64_t paths);
  bool run_round(const std::atomic<bool>& stop);
  void account(std::uint64_t path);
  void reconcile_phase() const;
  [[nodiscard]] kernels::ClassRound round_of(const std::uint64_t* watch) const;
  void emit(std::uint64_t chain, const std::uint32_t* symbols);
  [[noreturn]] void explain_exhaustion();
  [[noreturn]] void throw_exhausted(std::size_t path, const kernels::PathOutcome& outcome) const;
  void draw_direct(const std::atomic<bool>& stop);
  void audit_leaf(std::uint64_t chain, const std::uint32_t* symbols);

  const ClassTarget& target_;
  const ClassOracle oracle_;
  ClassEngine& engine_;
  const ExperimentSettings settings_;
  ClassChains& chains_;
  const DrawTaker take_;
  const std::uint32_t horizon_;
  const std::uint64_t most_path_queries_;

  std::vector<std::uint32_t> space_;  // V, ascending
  std::vector<std::uint64_t> alive_;  // survivors of the phase, a word for every 64 members of V
  bool certified_ = false;
  std::uint64_t phase_paths_ = 0;  // of this phase, none of which halved V
  std::uint64_t next_round_ = 1;
  std::uint64_t next_chain_ = 0;  // whose turn it is

  std::vector<kernels::ClassPath> paths_;
  std::vector<kernels::PathOutcome> outcomes_;
  std::vector<std::uint32_t> symbols_;

  std::vector<ClassPhase> phases_;
  std::uint64_t samples_left_ = 0;
  std::uint64_t queries_ = 0;
  std::uint64_t queries_before_ = 0;
  std::uint64_t oracle_queries_ = 0;
  std::uint64_t samples_certified_ = 0;
  std::uint64_t samples_direct_ = 0;
  bool budget_spent_ = false;
  bool exhausted_ = false;
  std::uint64_t paths_exhausted_ = 0;
};

}  // namespace wend
