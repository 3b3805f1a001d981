#include "host/adapt/scout_walk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <set>
#include <utility>

#include "host/base/no_mass.hpp"
#include "host/engines/lockstep/oracle_failure.hpp"
#include "kernels/lockstep/log_mass.hpp"
#include "kernels/random/philox.hpp"
#include "kernels/walk/rule.hpp"

namespace wend {
namespace {

// Between a leaf and its parent steps cost nothing, and might go on for ever.
constexpr std::uint64_t kStepsAnExpansion = 64;
constexpr std::uint64_t kFreeSteps = 1024;

}  // namespace

double WalkFindings::expansions_per_visit() const {
  if (visits == 0) return std::numeric_limits<double>::infinity();
  return static_cast<double>(expansions) / static_cast<double>(visits);
}

double WalkFindings::dependent_visits() const {
  double squares = 0;
  for (const double tour : tours) squares += tour * tour;
  return squares / static_cast<double>(visits);
}

double WalkFindings::visits_to_forget(double delta) const {
  std::vector<std::uint32_t> lengths = tours;
  std::ranges::sort(lengths, std::greater{});
  // Behind K there are sum (N - K) visits of the tours that are longer.
  const double allowed = delta * static_cast<double>(visits);
  double longer = 0;  // their visits
  double count = 0;
  for (const double length : lengths) {
    // Of K from this length up to the one before.
    if (longer - count * length > allowed) break;
    longer += length;
    count += 1;
  }
  return count == 0 ? 1.0 : std::max(1.0, std::ceil((longer - allowed) / count));
}

ScoutWalk::ScoutWalk(const ModelOracle& oracle, RowSource& source, ExploredTree& tree,
                     kernels::Walk walk, std::uint64_t seed)
    : oracle_(oracle),
      source_(source),
      tree_(tree),
      walk_(walk),
      seed_(seed),
      scouts_(kMostScouts) {}

WalkFindings ScoutWalk::run(const TrainedEstimate& estimate, const WalkLimits& limits, bool learn,
                            const std::atomic<bool>& stop) {
  WalkFindings found;
  found.moves_down.assign(oracle_.horizon, 0.0);
  sums_.clear();
  const std::uint64_t asked_before = source_.evaluations();
  if (tree_.size() == 0) {
    const RowSource::Wanted root;
    source_.ask({&root, 1}, tree_, stop);
    if (stop) return found;
  }
  const std::span going(scouts_.data(), limits.scouts);
  for (Scout& scout : going) {
    const std::uint64_t step = scout.step;
    scout = Scout{};
    scout.step = step;
    scout.path.push_back(ExploredTree::kRoot);
    scout.expansions = 1;
  }
  const std::uint64_t share = std::max<std::uint64_t>(1, limits.expansions / limits.scouts);
  std::vector<RowSource::Wanted> wanted;
  std::set<std::pair<ExploredTree::Node, std::uint32_t>> seen;
  for (;;) {
    wanted.clear();
    seen.clear();
    for (std::uint32_t number = 0; number < limits.scouts && !stop; ++number) {
      if (!go(number, estimate, learn, share, found)) continue;
      const RowSource::Wanted& next = scouts_[number].next;
      if (seen.insert({next.parent, next.edge}).second) wanted.push_back(next);
    }
    if (wanted.empty() || stop) break;
    if (source_.evaluations() - asked_before >= limits.evaluations || tree_.full()) break;
    source_.ask(wanted, tree_, stop);
  }
  for (const Scout& scout : going) {
    found.expansions += scout.expansions;
    if (scout.visits > 0) found.tours.push_back(scout.visits);
  }
  found.evaluations = source_.evaluations() - asked_before;
  return found;
}

bool ScoutWalk::go(std::uint32_t number, const TrainedEstimate& estimate, bool learn,
                   std::uint64_t most_expansions, WalkFindings& found) {
  Scout& scout = scouts_[number];
  const std::uint64_t most_steps = kFreeSteps + kStepsAnExpansion * most_expansions;
  for (;;) {
    if (scout.arriving) {
      const ExploredTree::Node node = tree_.edge(scout.next.parent, scout.next.edge).node;
      if (node == ExploredTree::kNone) return true;
      scout.path.push_back(node);
      scout.arriving = false;
      if (learn) tree_.count_arrival(node);
    }
    if (scout.expansions >= most_expansions || scout.steps >= most_steps) return false;
    step(number, estimate, found);
  }
}

double ScoutWalk::draw(std::uint32_t number) {
  const kernels::DrawBlock block =
      kernels::draw_block(seed_, kernels::kPurposeScouts, number, scouts_[number].step++);
  const std::uint64_t bits = std::uint64_t{block.word[0]} << 21U | block.word[1] >> 11U;
  return static_cast<double>(bits) * 0x1p-53;
}

void ScoutWalk::rise(Scout& scout, WalkFindings& found) {
  scout.from_below = true;
  if (scout.path.size() > 1) return;
  if (scout.visits > 0) found.tours.push_back(scout.visits);
  scout.visits = 0;
}

// Nodes near the root are come to again and again, and each of a path once more on the way up.
const ScaledSum& ScoutWalk::sum_of(ExploredTree::Node node, double log_own,
                                   const TrainedEstimate& estimate) {
  if (node >= sums_.size()) sums_.resize(tree_.size(), {kNoMass, -1});
  ScaledSum& sum = sums_[node];
  if (sum.sum < 0) sum = estimate.sum(tree_, node, log_own);
  return sum;
}

void ScoutWalk::step(std::uint32_t number, const TrainedEstimate& estimate, WalkFindings& found) {
  Scout& scout = scouts_[number];
  ++scout.steps;
  const auto visit = [&] {
    scout.at_leaf = true;
    ++scout.visits;
    ++found.visits;
  };
  if (scout.at_leaf) {
    scout.at_leaf = false;
    if (!scout.at_dummy) rise(scout, found);
    return;
  }
  if (scout.at_dummy) {
    if (draw(number) >= 0.5) return visit();
    scout.at_dummy = false;
    return rise(scout, found);
  }

  const ExploredTree::Node node = scout.path.back();
  const std::uint32_t depth = tree_.depth(node);
  const std::span<const ExploredTree::Edge> row = tree_.edges(node);
  const double log_own = depth == 0 ? kNoMass : estimate.log_factor(tree_, node);
  const auto [log_scale, below] = sum_of(node, log_own, estimate);
  if (log_scale == kNoMass)
    throw OracleFailure(fmt::format("oracle \"{}\": no sequence has mass, as far as was looked",
                                    oracle_.model->traits().name));
  const double own = kernels::mass_of_log(log_own - log_scale);
  const kernels::StepLaw law = kernels::step_law(walk_, scout.from_below, own, below, 0);
  double rest = draw(number) * (law.up + law.child_scale * below) - law.up;
  if ((rest < 0 || !(law.child_scale * below > 0)) && depth > 0) {
    scout.path.pop_back();
    return rise(scout, found);
  }
  std::uint32_t chosen = 0;
  for (std::uint32_t i = 0; i < row.size(); ++i) {
    const double mass = kernels::mass_of_log(estimate.log_ratio(row[i], depth + 1) - log_scale);
    if (mass == 0) continue;
    chosen = i;
    rest -= law.child_scale * mass;
    if (rest < 0) break;
  }
  scout.from_below = false;
  found.moves_down[depth] += 1;
  if (row[chosen].leaf) {
    const bool other_parity = ((oracle_.horizon - (depth + 1)) & 1U) != 0;
    scout.at_dummy = walk_ == kernels::Walk::kJerrumSinclair && other_parity;
    if (!scout.at_dummy) visit();
    return;
  }
  ++scout.expansions;
  scout.arriving = true;
  scout.next = {node, chosen};
}

}  // namespace wend
