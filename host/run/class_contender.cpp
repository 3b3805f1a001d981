#include "host/run/class_contender.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "host/base/number_text.hpp"
#include "host/instances/class/target.hpp"
#include "host/run/guarantee.hpp"
#include "host/run/least_acceptance.hpp"
#include "host/run/pilot.hpp"
#include "wend/bounds.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

constexpr std::uint64_t kDraws = 16;

}  // namespace

ClassContender::ClassContender(const Instance& instance, const SampleOptions& options,
                               const std::atomic<bool>& stop)
    : instance_(instance), options_(options), stop_(stop) {
  options_.algorithm = Algorithm::kClassElimination;
  const auto begin = [&] {
    settings_ = resolve_settings(instance.facts(), options_);
    paths_to_certify_ =
        paths_to_certify(*settings_.kappa, count(instance.class_target()->members), options_.delta);
  };
  unfit_ = refused_by(begin, refusal_);
}

void ClassContender::measure(std::uint64_t tours, std::uint64_t most_queries) {
  const InstanceFacts& facts = instance_.facts();
  const std::uint64_t first = tours * facts.alphabet * facts.horizon;
  allowed_ = std::min(allowed_ == 0 ? first : 2 * allowed_, most_queries);
  if (allowed_ == 0) return;
  try {
    unfit_ = refused_by([&] { begin_run(allowed_); }, refusal_);
  } catch (const Error& error) {
    // No member agrees with the oracle, or what it asks cannot be told apart: so a run would end.
    if (error.kind() != ErrorKind::kRuntime) throw;
    unfit_ = error.what();
    refusal_ = std::current_exception();
  }
}

void ClassContender::begin_run(std::uint64_t most_queries) {
  SampleOptions few = options_;
  few.samples = std::min(options_.samples, kDraws);
  few.chains = std::min(settings_.chains, few.samples);
  few.backend = Backend::kCpu;
  few.max_queries = most_queries;
  run_ = sample(instance_, few, nullptr, stop_);
  queries_ += run_->totals.queries;
  finished_ = run_->drawn == run_->requested;
}

Candidate ClassContender::candidate() const {
  Candidate told;
  told.algorithm = Algorithm::kClassElimination;
  told.name = to_string(told.algorithm);
  told.unfit = unfit_;
  if (!unfit_.empty()) return told;
  told.chains = settings_.chains;
  told.pilot_queries = queries_;
  tell_cost(told);
  if (run_ && finished_) {
    const Guarantee found = elimination_guarantee(*instance_.class_target(), options_, *run_);
    told.guarantee = found.kind;
    told.tv = found.tv;
    told.why = found.why;
  } else if (!instance_.class_target()->truth) {
    told.why =
        "the oracle is another instance, and agreement does not show that the class holds it";
  } else if (options_.max_queries) {
    told.why = "it is not known to end within `max_queries`";
  } else {
    told.guarantee = GuaranteeKind::kProven;
    told.tv = options_.delta;
    told.why = fmt::format("{} paths in a row that halve nothing certify the class",
                           grouped(paths_to_certify_));
  }
  told.least_tv = told.tv;
  return told;
}

void ClassContender::tell_cost(Candidate& candidate) const {
  constexpr double kUnbounded = std::numeric_limits<double>::infinity();
  const InstanceFacts& facts = instance_.facts();
  const std::uint64_t members = count(instance_.class_target()->members);
  const double bound = 2 * *settings_.kappa * *settings_.kappa;
  const double path = static_cast<double>(facts.alphabet) * facts.horizon;
  // Without a pilot: what is proven.
  Expected before{
      elimination_queries_bound(facts.alphabet, facts.horizon, members, paths_to_certify_), 0,
      kUnbounded, kUnbounded};
  before.high = before.cautious = before.value;
  Expected after{bound * path, 0, kUnbounded, bound * path};
  if (run_) {
    const ClassResult& found = *run_->elimination;
    candidate.certified_in_pilot = finished_;
    candidate.measured_by =
        fmt::format("a run of {} draws, {}", grouped(run_->requested),
                    finished_ ? "to its end" : "not certified within its queries");
    const auto asked = static_cast<double>(found.queries_before);
    if (finished_) {
      before = {asked, asked, asked, asked};
      const double each =
          static_cast<double>(found.queries_after) / static_cast<double>(run_->drawn);
      // Geometric numbers of proposals: a draw's cost varies by as much as it is.
      const double spread = found.queries_after == 0 ? 0.0 : 0.8;
      after = {each, each * (1 - spread), each * (1 + spread), each * (1 + spread / 2)};
      if (run_->totals.proposals > 0)
        candidate.acceptance =
            acceptance_of(run_->totals.accepted, run_->totals.proposals, kPilotAlpha);
    } else {
      before.low = asked;
      before.value = std::max(std::min(before.value, 4 * asked), asked);
    }
  }
  const auto samples = static_cast<double>(options_.samples);
  candidate.queries_to_certify = before.value;
  candidate.queries_after = after.value;
  candidate.queries = before.value + samples * after.value;
  candidate.steps = samples * facts.horizon;
  candidate.cost = {before.value / samples + after.value, before.low / samples + after.low,
                    before.high / samples + after.high, before.cautious / samples + after.cautious};
}

}  // namespace wend
