#include "host/run/class_contender.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "host/base/number_text.hpp"
#include "host/instances/class/target.hpp"
#include "host/run/guarantee.hpp"
#include "host/run/least_acceptance.hpp"
#include "host/run/pilot.hpp"
#include "kernels/random/philox.hpp"
#include "wend/bounds.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

constexpr std::uint64_t kDraws = 16;
constexpr double kCautiousAlpha = 0.3;  // by Chernoff's bound, which is near 0.1 in truth
constexpr double kErrors = 3.29;        // the normal law's, both ways
constexpr double kCautiousErrors = 1.28;

/// A seed that no run has: of pilot number `run`, from words that no walk's pilot comes to.
std::uint64_t pilot_seed(std::uint64_t seed, std::uint64_t run) {
  constexpr std::uint64_t kNoChain = ~std::uint64_t{0};
  const kernels::DrawBlock block =
      kernels::draw_block(seed, kernels::kPurposeChoice, kNoChain, run);
  return std::uint64_t{block.word[1]} << 32U | block.word[0];
}

/// The least, or the largest, mean of Poisson's law for which `seen` events are not too few, or too
/// many: by Chernoff's bound, which fails with a probability of at most `alpha`. The least is 0 for
/// none.
double events_limit(double seen, double alpha, bool largest) {
  const double allowed = -std::log(alpha);
  if (seen == 0) return largest ? allowed : 0.0;
  double inner = seen;  // not excluded
  double outer = largest ? 4 * (seen + allowed) : std::numeric_limits<double>::min();
  for (int i = 0; i < 200; ++i) {
    const double middle = std::sqrt(inner * outer);
    const bool excluded = middle - seen - seen * std::log(middle / seen) > allowed;
    (excluded ? outer : inner) = middle;
  }
  return outer;
}

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
  const std::uint64_t most_runs = std::max<std::uint64_t>(2 * runs_, 1);
  const std::uint64_t end = queries_ + allowed_;
  const auto carry_on = [&] {
    while (runs_ < most_runs && queries_ < end && !stop_) {
      begin_run(end - queries_);
      if (cut_) return;
    }
  };
  try {
    unfit_ = refused_by(carry_on, refusal_);
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
  few.seed = pilot_seed(options_.seed, runs_);
  const SampleResult run = sample(instance_, few, nullptr, stop_);
  queries_ += run.totals.queries;
  cut_.reset();
  if (run.drawn == run.requested)
    add(run);
  else
    cut_ = run.elimination->queries_before;
}

void ClassContender::add(const SampleResult& run) {
  const Guarantee found = elimination_guarantee(*instance_.class_target(), options_, run);
  const bool less = claim_.tv && (!found.tv || *found.tv > *claim_.tv);
  if (runs_ == 0 || less) claim_ = found;
  ++runs_;
  before_ += run.elimination->queries_before;
  after_ += run.elimination->queries_after;
  totals_ += run.totals;
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
  if (runs_ > 0) {
    told.guarantee = claim_.kind;
    told.tv = claim_.tv;
    told.why = claim_.why;
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
  const double proven = before.value;
  // Numbers of queries before certification vary as geometric ones do at the most, of which one
  // that was cut off tells as well.
  const auto runs = static_cast<double>(runs_);
  const auto asked = static_cast<double>(before_ + cut_.value_or(0));
  const std::uint64_t draws = std::min(options_.samples, kDraws);  // of each run
  if (runs_ > 0 || cut_) {
    candidate.certified_in_pilot = runs_ > 0;
    candidate.measured_by = fmt::format(
        "{} of {} draws, {}", runs_ > 1 ? fmt::format("{} runs", runs_) : "a run", grouped(draws),
        runs_ == 0  ? "not certified within its queries"
        : runs_ > 1 ? "to their end"
                    : "to its end");
    before.value = runs_ > 0 ? asked / runs : std::max(std::min(proven, 4 * asked), asked);
    before.low = std::min(proven, asked / events_limit(runs, kPilotAlpha, true));
  }
  if (runs_ > 0) {
    before.high = std::min(proven, asked / events_limit(runs, kPilotAlpha, false));
    before.cautious = std::min(proven, asked / events_limit(runs, kCautiousAlpha, false));
    const auto drawn = static_cast<double>(runs_ * draws);
    const double each = static_cast<double>(after_) / drawn;
    // Geometric numbers of proposals: a draw's cost varies by as much as it is.
    const double error = each / std::sqrt(drawn);
    after = {each, std::max(0.0, each - kErrors * error), each + kErrors * error,
             each + kCautiousErrors * error};
    if (totals_.proposals > 0)
      candidate.acceptance = acceptance_of(totals_.accepted, totals_.proposals, kPilotAlpha);
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
