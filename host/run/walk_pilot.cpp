#include "host/run/walk_pilot.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>
#include <variant>

#include "host/oracles/walk_of.hpp"
#include "host/run/compile.hpp"
#include "host/run/least_acceptance.hpp"
#include "host/run/ratio_sums.hpp"
#include "host/run/tour_tail.hpp"
#include "kernels/random/philox.hpp"

namespace wend {
namespace {

// A tour goes up and down some 2 H steps in the mean; one of so many times that is cut off, until
// the pilot as a whole has as many more.
constexpr std::uint64_t kLongTour = 64;
constexpr std::uint64_t kMemoBytes = std::uint64_t{64} << 20U;
constexpr std::uint64_t kPathBytes = std::uint64_t{1} << 30U;
constexpr double kLimitAlpha = 1e-3;  // of each limit of a figure
constexpr double kErrors = 3.29;      // the normal law's, both ways
constexpr double kCautious = 0.3;     // by Chernoff's bound, which is near 0.1 in truth
constexpr double kCautiousErrors = 1.28;
constexpr double kFewVisits = 16;  // too few for the normal law
constexpr double kNoneSeen =
    6.9;  // ln 1000: a mean of which 0 is seen with probability kLimitAlpha

// What does not depend on the memory that is free now.
LockstepOptions engine_options(const SampleOptions& options, bool asked) {
  LockstepOptions lockstep;
  lockstep.threads = options.threads;
  lockstep.max_batch = options.max_batch;
  lockstep.memo_bytes = asked ? std::min(options.memo_bytes.value_or(kMemoBytes), kMemoBytes) : 0;
  lockstep.path_bytes = kPathBytes;
  return lockstep;
}

// Expansions to an accepted proposal, of `expansions` over `proposals`.
Expected by_acceptance(double expansions, std::uint64_t accepted, std::uint64_t proposals) {
  const auto count = static_cast<double>(proposals);
  const double each = expansions / count;
  const Expected acceptance = acceptance_of(accepted, proposals, kLimitAlpha);
  Expected found;
  found.value = each / acceptance.value;
  found.low = each / acceptance.high;
  // Of none accepted there is no upper limit, even where a proposal expands nothing.
  if (accepted == 0) return found;
  found.high = each / acceptance.low;
  found.cautious = each / least_acceptance(accepted, proposals, kCautious);
  return found;
}

}  // namespace

std::uint64_t WalkPilot::chains(const InstanceFacts& facts) { return facts.asked ? 16 : 32; }

WalkPilot::WalkPilot(const Instance& instance, Algorithm algorithm, const SampleOptions& options,
                     LeastKappa& seen, const Waiting& waiting, const std::atomic<bool>& stop)
    : alphabet_(instance.facts().alphabet),
      horizon_(instance.facts().horizon),
      chains_(chains(instance.facts())),
      asked_(instance.facts().asked),
      proposals_(algorithm == Algorithm::kSequential),
      stop_(stop),
      oracle_(model_oracle(instance, walk_of(algorithm), Correction::kReject)) {
  auto& model = std::get<ModelOracle>(oracle_);
  rows_ = std::make_shared<RowWatch>(model.model, seen);
  model.model = rows_;
  if (asked_ && waiting) {
    const auto watched = std::make_shared<WatchedOracle>(model.model);
    model.model = watched;
    watch_ = std::make_unique<OracleWatch>(
        watched, waiting, [] {}, stop);
  }
  engine_ = std::make_unique<LockstepTourEngine>(oracle_, walk_of(algorithm), chains_, options.seed,
                                                 kernels::kPurposeChoice,
                                                 engine_options(options, asked_));
}

// An engine charges its chains for their roots before they ask.
std::uint64_t WalkPilot::queries() const { return begun_ ? engine_->oracle_queries() : 0; }

std::uint64_t WalkPilot::evaluations() const { return asked_ ? engine_->oracle_evaluations() : 0; }

void WalkPilot::advance(std::uint64_t tours, std::uint64_t most_queries) {
  tours_ += tours;
  // A step asks for one node at most, and the root is asked for once.
  const std::uint64_t share = most_queries / alphabet_ / chains_;
  const std::uint64_t payable = share > 4 ? (share - 1) / 4 * 4 : 0;
  const std::uint64_t steps = std::min(payable, tours_ * kLongTour * 2 * horizon_);
  if (steps == 0) return;
  begun_ = true;
  if (asked_) rows_->forget(chains_);
  engine_->advance({.tours = tours, .steps = steps}, stop_);
  count();
}

void WalkPilot::count() {
  add_sorted(counts_.visits, engine_->tours());
  counts_.unfinished = engine_->unfinished();

  const ChainState& state = engine_->state();
  TourTotals totals;
  RatioSums sums;
  counts_.expansions = counts_.leaf_visits = counts_.steps = 0;
  for (std::uint64_t chain = 0; chain < chains_; ++chain) {
    const std::uint64_t expansions = state.expansions[chain] - 1;  // the root's is asked once
    counts_.expansions += expansions;
    counts_.leaf_visits += state.leaf_visits[chain];
    counts_.steps += state.steps[chain];
    totals.add(static_cast<double>(state.leaf_visits[chain]));
    sums.add(static_cast<double>(expansions), static_cast<double>(state.leaf_visits[chain]));
  }
  const auto expansions = static_cast<double>(counts_.expansions);
  if (proposals_) {
    counts_.expansions_per_visit = by_acceptance(expansions, counts_.leaf_visits, counts_.tours());
  } else if (totals.weight >= kFewVisits) {
    const Mean mean = ratio_mean(sums, totals);
    counts_.expansions_per_visit = {mean.mean,
                                    std::max(0.0, mean.mean - kErrors * mean.standard_error),
                                    mean.mean + kErrors * mean.standard_error,
                                    mean.mean + kCautiousErrors * mean.standard_error};
  } else {
    // Counted as Poisson's law has it: of few visits little is known, of none only how few.
    counts_.expansions_per_visit.value = expansions / std::max(totals.weight, 0.5);
    if (counts_.leaf_visits > 0 && counts_.leaf_visits <= counts_.expansions)
      counts_.expansions_per_visit.cautious =
          1 / least_acceptance(counts_.leaf_visits, counts_.expansions, kCautious);
    counts_.expansions_per_visit.low =
        expansions / (totals.weight + kNoneSeen + 3 * std::sqrt(totals.weight));
  }
  if (!asked_) return;
  const std::uint64_t computed = evaluations();
  const std::uint64_t all = counts_.expansions + chains_;
  if (all > expansions_before_)
    counts_.evaluations_per_expansion = static_cast<double>(computed - evaluations_before_) /
                                        static_cast<double>(all - expansions_before_);
  evaluations_before_ = computed;
  expansions_before_ = all;
}

}  // namespace wend
