#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "host/adapt/row_source.hpp"
#include "host/adapt/scout_walk.hpp"
#include "host/oracles/model_oracle.hpp"
#include "wend/sample.hpp"

namespace wend {

/// What scouts may take of a run, and what they have taken.
class ScoutBudget {
 public:
  static constexpr std::uint64_t kShareOfQueries = 8;  ///< of `max_queries`, one over
  /// Of walks on what is there already: so many count as one evaluation.
  static constexpr std::uint64_t kExpansionsAnEvaluation = 16;

  /// `oracle` and `source` must outlive it. `max_queries`: of the run, of which scouts have a
  /// share.
  ScoutBudget(const ModelOracle& oracle, const RowSource& source, const SampleOptions& options,
              std::optional<std::uint64_t> max_queries);

  /// Nodes that scouts have come to: of tables each costs its queries, of oracles that are asked an
  /// evaluation.
  [[nodiscard]] std::uint64_t spent() const { return asked_ ? source_.evaluations() : expansions_; }
  /// And that they may come to still.
  [[nodiscard]] std::uint64_t left() const { return most_ - std::min(most_, spent()); }
  /// Steps into interior nodes, known or not: queries, over A.
  [[nodiscard]] std::uint64_t expansions() const { return expansions_; }
  [[nodiscard]] std::uint64_t expansions_left() const {
    return most_expansions_ - std::min(most_expansions_, expansions_);
  }
  void count(std::uint64_t expansions) { expansions_ += expansions; }

  /// How far a walk for `size` nodes goes, one of `shares` that what `max_queries` leaves is kept
  /// for; no expansions: nowhere. Scouts are as many as come to leaves, `most_scouts` at most.
  [[nodiscard]] WalkLimits limits(std::uint64_t size, std::uint64_t shares,
                                  std::uint64_t most_scouts) const;

 private:
  const RowSource& source_;
  std::uint32_t horizon_;
  bool asked_;
  std::uint64_t most_expansions_ = ~std::uint64_t{0};  // by `max_queries`
  std::uint64_t most_;                                 // nodes
  std::uint64_t expansions_ = 0;
};

}  // namespace wend
