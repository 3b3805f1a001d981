#include "host/elimination/experiment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <span>
#include <utility>

#include "wend/error.hpp"

namespace wend {
namespace {

using kernels::PathOutcome;
using kernels::PathStatus;

/// Paths of a round, and member updates of one call of the engine: as many as take it a second or
/// so, so that an interruption is seen in time.
constexpr std::uint64_t kMostRoundPaths = 4096;
constexpr double kCallUpdates = 4e9;
constexpr std::uint64_t kCallSymbols = std::uint64_t{1} << 24U;

std::uint64_t population(std::span<const std::uint64_t> words) {
  return std::accumulate(words.begin(), words.end(), std::uint64_t{0},
                         [](std::uint64_t sum, std::uint64_t word) {
                           return sum + static_cast<std::uint64_t>(std::popcount(word));
                         });
}

/// The first symbols of a path, as a person reads them.
std::string node_text(std::span<const std::uint32_t> symbols) {
  constexpr std::size_t kShown = 32;
  std::string text =
      fmt::format("{}", fmt::join(symbols.first(std::min(symbols.size(), kShown)), " "));
  if (symbols.size() > kShown) text += fmt::format(" .. (depth {})", symbols.size());
  return text;
}

}  // namespace

ClassExperiment::ClassExperiment(const ClassTarget& target, const ClassOracle& oracle,
                                 ClassEngine& engine, const ExperimentSettings& settings,
                                 ClassChains& chains, DrawTaker take)
    : target_(target),
      oracle_(oracle),
      engine_(engine),
      settings_(settings),
      chains_(chains),
      take_(std::move(take)),
      horizon_(horizon(target.members)),
      most_path_queries_(std::uint64_t{alphabet(target.members)} * horizon_),
      space_(count(target.members)) {
  std::iota(space_.begin(), space_.end(), 0U);
  for (std::uint64_t chain = 0; chain < settings.chains; ++chain)
    samples_left_ += due(settings.first_chain + chain);
  begin_phase();
}

std::uint64_t ClassExperiment::due(std::uint64_t chain) const {
  return chain_quota(settings_.samples, settings_.all_chains, chain) - chains_.samples[chain];
}

void ClassExperiment::begin_phase() {
  alive_.assign(kernels::member_words(space_.size()), ~std::uint64_t{0});
  if (const std::size_t rest = space_.size() % kernels::kMembersPerWord; rest != 0)
    alive_.back() = (std::uint64_t{1} << rest) - 1;
  certified_ = settings_.paths_to_certify == 0;
  phase_paths_ = 0;
  next_round_ = 1;
  ClassPhase phase;
  phase.chains = settings_.chains;
  phase.members = static_cast<double>(space_.size());
  phases_.push_back(phase);
  for (std::uint64_t i = 0; i < settings_.chains; ++i) {
    const std::uint64_t chain = settings_.first_chain + i;
    ++chains_.phases[chain];
    chains_.eliminated[chain] = count(target_.members) - space_.size();
  }
}

std::uint64_t ClassExperiment::round_paths() const {
  const std::uint64_t fits = std::max<std::uint64_t>(1, kCallSymbols / horizon_);
  std::uint64_t paths = std::min(next_round_, settings_.paths_to_certify - phase_paths_);
  if (certified_) paths = samples_left_;
  paths = std::min({paths, kMostRoundPaths, fits});
  // As many as cannot spend more than is left, or one with a limit of its own.
  const std::uint64_t left = settings_.query_limit - queries_;
  return std::max<std::uint64_t>(1, std::min(paths, left / most_path_queries_));
}

// Chains take turns, so that which chain draws which path depends on the rounds alone.
void ClassExperiment::choose_paths(std::uint64_t paths) {
  const std::uint64_t limit = settings_.query_limit - queries_;
  paths_.clear();
  std::vector<std::uint64_t> begun(settings_.chains, 0);
  while (paths_.size() < paths) {
    const std::uint64_t i = next_chain_;
    next_chain_ = (next_chain_ + 1) % settings_.chains;
    const std::uint64_t chain = settings_.first_chain + i;
    // Each proposal may be accepted, and none of a chain's last ones must be for nothing.
    if (certified_ && begun[i] >= due(chain)) continue;
    paths_.push_back({chain, chains_.paths[chain] + begun[i], limit});
    ++begun[i];
  }
}

void ClassExperiment::run(const std::atomic<bool>& stop) {
  while (!finished() && !stop && !budget_spent_) {
    if (settings_.for_estimate && (space_.size() == 1 || certified_ || exhausted_)) return;
    if (space_.size() == 1) {
      draw_direct(stop);
      return;
    }
    if (queries_ == settings_.query_limit) {
      budget_spent_ = true;
      return;
    }
    choose_paths(round_paths());
    if (!run_round(stop)) return;
    if (2 * population(alive_) <= space_.size()) {
      std::vector<std::uint32_t> left = members_left();
      reconcile_phase();
      space_ = std::move(left);
      if (finished() || budget_spent_) return;
      engine_.set_version_space(space_);
      begin_phase();
      continue;
    }
    phase_paths_ += paths_.size();
    if (exhausted_) return;
    next_round_ = std::min(2 * next_round_, kMostRoundPaths);
    if (!certified_ && !budget_spent_ && phase_paths_ >= settings_.paths_to_certify) {
      certified_ = true;
      phases_.back().certified = 1;
    }
  }
}

std::vector<std::uint32_t> ClassExperiment::members_left() const {
  std::vector<std::uint32_t> left;
  left.reserve(space_.size());
  for (std::size_t i = 0; i < space_.size(); ++i)
    if ((alive_[i / kernels::kMembersPerWord] >> (i % kernels::kMembersPerWord) & 1U) != 0)
      left.push_back(space_[i]);
  return left;
}

// A round of this phase; a path ends as exhausted once none of `watch` survives.
kernels::ClassRound ClassExperiment::round_of(const std::uint64_t* watch) const {
  return {
      settings_.seed, settings_.kappa, 2 * settings_.kappa * settings_.kappa,         certified_,
      alive_.data(),  watch,           settings_.for_estimate ? settings_.kappa : 1.0};
}

// One round: all its paths are drawn from V and asked against the survivors at its beginning. False
// if it was stopped; it then counts for nothing.
bool ClassExperiment::run_round(const std::atomic<bool>& stop) {
  const kernels::ClassRound round = round_of(alive_.data());
  outcomes_.resize(paths_.size());
  symbols_.resize(paths_.size() * horizon_);
  std::vector<std::uint64_t> survivors = alive_;
  const double updates =
      static_cast<double>(padded_members(space_.size())) * static_cast<double>(most_path_queries_);
  const auto call =
      std::max(engine_.parallel_paths(),
               static_cast<std::size_t>(std::clamp(kCallUpdates / updates, 1.0, 1e6)));
  for (std::size_t begin = 0; begin < paths_.size(); begin += call) {
    if (stop) return false;
    const std::size_t size = std::min(call, paths_.size() - begin);
    engine_.run(round, std::span(paths_).subspan(begin, size),
                std::span(outcomes_).subspan(begin, size),
                std::span(symbols_).subspan(begin * horizon_, size * horizon_), survivors);
  }
  if (population(survivors) == 0) {
    if (!settings_.for_estimate) explain_exhaustion();
    exhausted_ = true;
  } else {
    alive_ = std::move(survivors);
  }
  const std::uint64_t queries_so_far = queries_;
  for (std::uint64_t path = 0; path < paths_.size(); ++path) {
    queries_ += outcomes_[path].interior_queries + outcomes_[path].leaf_queries;
    oracle_queries_ += outcomes_[path].oracle_queries;
  }
  phases_.back().paths += paths_.size();
  phases_.back().queries += queries_ - queries_so_far;
  if (!certified_) queries_before_ += queries_ - queries_so_far;
  for (std::uint64_t path = 0; path < paths_.size(); ++path) account(path);
  return true;
}

void ClassExperiment::account(std::uint64_t path) {
  const PathOutcome& outcome = outcomes_[path];
  const std::uint64_t chain = paths_[path].chain;
  ++chains_.paths[chain];
  chains_.queries_interior[chain] += outcome.interior_queries;
  chains_.queries_leaf[chain] += outcome.leaf_queries;
  chains_.nodes_asked[chain] += outcome.nodes_asked;
  if (outcome.status == PathStatus::kOutOfQueries || outcome.status == PathStatus::kExhausted) {
    // Cut off: it was no proposal, and the nodes below were never reached.
    ++chains_.scouted[chain];
    if (outcome.status == PathStatus::kOutOfQueries) budget_spent_ = true;
    if (outcome.status == PathStatus::kExhausted) ++paths_exhausted_;
    return;
  }
  chains_.nodes_skipped[chain] += horizon_ - outcome.nodes_asked;
  if (!certified_) {
    ++chains_.scouted[chain];
    return;
  }
  ++chains_.proposals[chain];
  if (outcome.status == PathStatus::kAccepted) {
    ++chains_.accepted[chain];
    ++samples_certified_;
    emit(chain, &symbols_[path * horizon_]);
  } else {
    ++chains_.rejected[chain];
  }
}

// V changes on the strength of the answers so far, so every chain must account for its own.
void ClassExperiment::reconcile_phase() const {
  std::uint64_t queries = 0;
  for (std::uint64_t i = 0; i < settings_.chains; ++i) {
    const std::uint64_t chain = settings_.first_chain + i;
    const std::uint64_t nodes = chains_.nodes_asked[chain] + chains_.nodes_skipped[chain];
    const std::uint64_t paths = chains_.scouted[chain] + chains_.proposals[chain];
    if (!budget_spent_ && nodes != horizon_ * paths)
      throw Error(ErrorKind::kRuntime,
                  fmt::format("counters: chain {}: nodes asked and skipped {} are not horizon {} x "
                              "paths {}",
                              chain, nodes, horizon_, paths));
    queries += chains_.queries_interior[chain] + chains_.queries_leaf[chain];
  }
  if (queries != queries_ || queries != oracle_queries_)
    throw Error(ErrorKind::kRuntime,
                fmt::format("counters: the chains' queries sum to {}, the oracle counted {}",
                            queries, oracle_queries_));
}

void ClassExperiment::emit(std::uint64_t chain, const std::uint32_t* symbols) {
  if (chains_.samples[chain] == 0) chains_.queries_to_first[chain] = queries_;
  take_(chain, chains_.samples[chain], symbols);
  ++chains_.samples[chain];
  --samples_left_;
}

// Names the answer that left no member: of a path that none survives or, where only the paths
// together rule out all, of the one that completes it, which takes going through the round again.
void ClassExperiment::explain_exhaustion() {
  for (std::size_t path = 0; path < paths_.size(); ++path)
    if (outcomes_[path].status == PathStatus::kExhausted) throw_exhausted(path, outcomes_[path]);
  std::vector<std::uint64_t> watch = alive_;
  for (std::size_t path = 0; path < paths_.size(); ++path) {
    const kernels::ClassRound round = round_of(watch.data());
    std::vector<std::uint64_t> survivors = watch;
    PathOutcome outcome{};
    engine_.run(round, std::span(paths_).subspan(path, 1), std::span(&outcome, 1),
                std::span(symbols_).subspan(path * horizon_, horizon_), survivors);
    if (outcome.status == PathStatus::kExhausted) throw_exhausted(path, outcome);
    watch = std::move(survivors);
  }
  throw Error(ErrorKind::kRuntime,
              fmt::format("class exhausted: the answers on {} paths, first path {} of chain {}, "
                          "rule out all members, and the oracle does not repeat them",
                          paths_.size(), paths_[0].number, paths_[0].chain));
}

void ClassExperiment::throw_exhausted(std::size_t path, const PathOutcome& outcome) const {
  const std::span<const std::uint32_t> symbols =
      std::span(symbols_).subspan(path * horizon_, outcome.depth);
  std::vector<std::uint32_t> node(symbols.begin(), symbols.end());
  // The child that was asked may be a sibling of the one that was drawn.
  node.back() = outcome.last_symbol;
  throw Error(ErrorKind::kRuntime,
              fmt::format("class exhausted: the answer at node [{}], on path {} of chain {}, ruled "
                          "out the last of {} members, number {}: the class does not hold the "
                          "target, or kappa {} is too small",
                          node_text(node), paths_[path].number, paths_[path].chain,
                          count(target_.members), space_[outcome.last_member], settings_.kappa));
}

void ClassExperiment::draw_direct(const std::atomic<bool>& stop) {
  std::vector<std::uint32_t> symbols(horizon_);
  std::visit(
      [&](const auto& members) {
        const auto view = view_of(members);
        using View = std::decay_t<decltype(view)>;
        for (std::uint64_t i = 0; i < settings_.chains; ++i) {
          const std::uint64_t chain = settings_.first_chain + i;
          for (std::uint64_t left = due(chain); left > 0; --left) {
            if (stop) return;
            if (settings_.audit && queries_ == settings_.query_limit) {
              budget_spent_ = true;
              return;
            }
            kernels::PathDraws draws(settings_.seed, {chain, chains_.paths[chain], 0}, horizon_);
            auto member = kernels::MemberCursor<View>::at_root(view, space_[0]);
            kernels::ClassNode node;
            while (node.depth < horizon_) {
              const std::uint32_t symbol = draws.symbol(view, member, node);
              symbols[node.depth] = symbol;
              if constexpr (View::kHasState) member.state = view.next_state(member.state, symbol);
              node = view.descend(node, symbol);
            }
            ++chains_.paths[chain];
            ++chains_.direct[chain];
            ++phases_.back().paths;
            ++samples_direct_;
            if (settings_.audit) audit_leaf(chain, symbols.data());
            emit(chain, symbols.data());
          }
        }
      },
      target_.members);
}

void ClassExperiment::audit_leaf(std::uint64_t chain, const std::uint32_t* symbols) {
  constexpr double kTolerance = 1e-9;
  ++queries_;
  ++oracle_queries_;
  ++phases_.back().queries;
  ++chains_.queries_leaf[chain];
  ++chains_.nodes_asked[chain];
  chains_.nodes_skipped[chain] += horizon_ - 1;
  const double known = log_prefix_mass(target_.members, space_[0], symbols, horizon_);
  const double answer = oracle_.truth
                            ? log_prefix_mass(target_.members, *oracle_.truth, symbols, horizon_)
                            : target_.oracle->log_estimate(symbols, horizon_).value_or(-HUGE_VAL);
  if (std::abs(answer - known) <= kTolerance * std::max(1.0, std::abs(known))) return;
  throw Error(ErrorKind::kRuntime,
              fmt::format("audit: the leaf [{}] of chain {} has ln mass {:.17g} by the oracle, "
                          "{:.17g} by member {}, the one left: the class does not hold the target",
                          node_text({symbols, horizon_}), chain, answer, known, space_[0]));
}

}  // namespace wend
