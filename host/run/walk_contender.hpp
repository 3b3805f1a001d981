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
  /// All of the contest must outlive it. `same_flows`: the lifted walk, for the reversible one,
  /// whose expansions to a leaf visit are the same and whose K is no less; else null.
  WalkContender(const Contest& contest, Algorithm algorithm, const WalkContender* same_flows);

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

  const Contest& contest_;
  SampleOptions options_;
  const WalkContender* same_flows_;
  std::string unfit_;
  std::exception_ptr refusal_;
  RunSettings settings_;
  Mixing mixing_;
  bool accepts_all_ = false;  // of the sequential sampler, on exact masses
  std::unique_ptr<WalkPilot> pilot_;
  std::uint64_t tours_ = 0;  // a chain
};

}  // namespace wend
