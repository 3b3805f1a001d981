#pragma once

#include <atomic>
#include <exception>
#include <memory>
#include <optional>
#include <string>

#include "host/instances/instance.hpp"
#include "host/run/contender.hpp"
#include "host/run/mixing.hpp"
#include "host/run/row_watch.hpp"
#include "host/run/settings.hpp"
#include "host/run/walk_pilot.hpp"
#include "wend/sample.hpp"

namespace wend {

/// What all contenders of a choice are about.
struct Contest {
  const Instance& instance;
  const SampleOptions& options;  ///< with Algorithm::kAuto
  const WalkBounds& bounds;
  LeastKappa& seen;
  const Waiting& waiting;
  const std::atomic<bool>& stop;
};

/// A walk, or the sequential sampler with rejection.
class WalkContender final : public Contender {
 public:
  /// All of the contest must outlive it.
  WalkContender(const Contest& contest, Algorithm algorithm);

  /// Takes note of one, which must outlive it, that may be shown to be no dearer. Of the reversible
  /// walk the lifted one: its expansions to a leaf visit are as many, and its chain of leaf visits
  /// is below as an operator (docs/design.md), so that K is no more and nothing is correlated for
  /// longer. Of the lifted walk the sequential sampler: where estimates are upper bounds, so that
  /// it climbs straight and every visit is a draw, both pass down alike, and that one keeps no
  /// less.
  void yield_to(const WalkContender& other) { other_ = &other; }

  [[nodiscard]] bool needs_pilot() const override;
  void measure(std::uint64_t tours, std::uint64_t most_queries) override;
  [[nodiscard]] std::uint64_t queries() const override { return pilot_ ? pilot_->queries() : 0; }
  [[nodiscard]] std::uint64_t evaluations() const override {
    return pilot_ ? pilot_->evaluations() : 0;
  }
  [[nodiscard]] const Contender* dominated_by() const override;
  [[nodiscard]] bool unbeatable() const override { return unfit_.empty() && accepts_all_; }
  [[nodiscard]] Candidate candidate() const override;
  [[nodiscard]] std::exception_ptr refusal() const override { return refusal_; }

 private:
  void make_pilot();
  [[nodiscard]] const WalkPilot* flows() const;
  void tell_visits(Candidate& candidate, RunSettings& settings) const;
  void tell_cost(Candidate& candidate) const;
  void tell_guarantee(Candidate& candidate, const RunSettings& settings) const;
  [[nodiscard]] Guarantee expected_guarantee(const Candidate& candidate,
                                             const RunSettings& settings, double acceptance) const;
  [[nodiscard]] std::string name() const;
  [[nodiscard]] std::string pilot_text() const;

  const Contest& contest_;
  SampleOptions options_;
  const WalkContender* other_ = nullptr;
  std::string unfit_;
  std::exception_ptr refusal_;
  RunSettings settings_;
  Mixing mixing_;
  bool accepts_all_ = false;  // of the sequential sampler, on exact masses
  std::unique_ptr<WalkPilot> pilot_;
  std::uint64_t tours_ = 0;  // a chain
};

}  // namespace wend
