#include "host/baselines/walker.hpp"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "host/base/exact_power.hpp"
#include "host/base/no_mass.hpp"
#include "host/engines/lockstep/oracle_failure.hpp"
#include "kernels/random/philox.hpp"

namespace wend {
namespace {

constexpr std::uint32_t kStepsOfCall = 1U << 12U;  // between two looks at `stop`

double unit(std::uint32_t high, std::uint32_t low) {
  const std::uint64_t bits = std::uint64_t{high} << 32U | low;
  return static_cast<double>(bits >> 11U) * 0x1p-53;
}

RowWeights weights_of(const BaselineOptions& options, const std::vector<double>& bounds) {
  switch (options.method) {
    case Baseline::kMemoRejection:
      return {options.power, true, bounds};
    case Baseline::kMasking:
      return {options.power, true, {}};
    case Baseline::kRejection:
    case Baseline::kLowTemperature:
      return {options.power, false, {}};
    case Baseline::kSuffixMh:
      return {options.proposal == SuffixProposal::kBase ? 1.0 : options.power, false, {}};
    case Baseline::kBestOf:
      break;
  }
  return {};
}

}  // namespace

BaselineWalker::BaselineWalker(const BaselineTarget& target, const BaselineOptions& options,
                               const PrefixTrie& trie, Keep keep)
    : target_(target), options_(options), trie_(trie), keep_(std::move(keep)) {
  if (options.method == Baseline::kRejection || options.method == Baseline::kMemoRejection)
    bounds_ = log_bounds(target.base->traits(), options.power);
  weights_ = weights_of(options, bounds_);
}

void BaselineWalker::walk(std::uint64_t number, BaselineChain& chain, std::uint64_t quota,
                          std::uint64_t expansion_limit) const {
  if (chain.expansions == 0) {
    if (expansion_limit == 0) {
      chain.rest = BaselineRest::kSpent;
      return;
    }
    enter(chain);
    if (chain.rest == BaselineRest::kWaits) return;
  }
  if (!chain.root) {
    chain.root = chain.path.row[0];
    chain.rest = BaselineRest::kPaused;
  }
  for (std::uint32_t i = 0; i < kStepsOfCall; ++i) {
    if (chain.samples == quota) {
      chain.rest = BaselineRest::kDone;
      return;
    }
    step(number, chain);
    // It has come to an interior node, for which it is charged.
    if (chain.rest == BaselineRest::kWaits) {
      if (chain.expansions == expansion_limit) {
        chain.rest = BaselineRest::kSpent;
        return;
      }
      enter(chain);
      if (chain.rest == BaselineRest::kWaits) return;
    }
  }
}

BaselineWalker::Draw BaselineWalker::next_draw(std::uint64_t number, BaselineChain& chain) const {
  const kernels::DrawBlock block =
      kernels::draw_block(options_.seed, kernels::kPurposeBaseline, number, chain.step++);
  return {unit(block.word[0], block.word[1]), unit(block.word[2], block.word[3])};
}

void BaselineWalker::begin(BaselineChain& chain) const {
  chain.path.length = 0;
  chain.path.log_value = 0;
  chain.path.row[0] = chain.root;
}

void BaselineWalker::begin_suffix(std::uint64_t number, BaselineChain& chain) const {
  const double place = next_draw(number, chain).child * static_cast<double>(chain.state.length);
  chain.cut = static_cast<std::uint32_t>(place);
  chain.path.begin_with(chain.state, chain.cut);
}

// The node that the path leads to: charged for, and looked up.
void BaselineWalker::enter(BaselineChain& chain) const {
  BaselinePath& path = chain.path;
  const std::uint32_t depth = path.length;
  ++chain.expansions;
  const PrefixTrie::Id parent = depth == 0 ? PrefixTrie::kNone : path.node[depth - 1];
  path.node[depth] = trie_.find(parent, depth, depth == 0 ? 0 : path.symbols[depth - 1]);
  if (path.node[depth] == PrefixTrie::kNone) {
    path.row[depth].reset();
    chain.rest = BaselineRest::kWaits;
    return;
  }
  path.row[depth] = trie_.row(path.node[depth]);
  ++chain.memo_hits;
  chain.rest = BaselineRest::kPaused;
}

bool BaselineWalker::goes_on(std::uint64_t number, const BaselineChain& chain, double log_share,
                             double unit) const {
  if (log_share > 1e-9)
    throw OracleFailure(
        fmt::format("oracle \"{}\": chain {}, depth {}: S/w exceeds the stated ratio_bound by the "
                    "factor {:.9g}",
                    target_.base->traits().name, number, chain.path.length, std::exp(log_share)));
  return unit < exact_power(log_share);
}

void BaselineWalker::step(std::uint64_t number, BaselineChain& chain) const {
  BaselinePath& path = chain.path;
  const std::uint32_t depth = path.length;
  const PrefixRow& row = *path.row[depth];
  const Draw draw = next_draw(number, chain);
  const bool memo = options_.method == Baseline::kMemoRejection;
  if (!(row.total() > 0)) {
    if (depth == 0)
      throw OracleFailure(fmt::format("oracle \"{}\": chain {}: no {} has mass",
                                      target_.base->traits().name, number,
                                      memo ? "sequence of the target" : "child of the root"));
    return failed(number, chain);
  }
  // What is known of the mass below the node may have shrunk since it was entered, by its own row
  // or by what other chains were answered further down. The shares of a path then multiply to
  // g(x) / bound of the root, whenever which of them was known: what is accepted has the target's
  // law.
  if (memo && depth > 0 && !goes_on(number, chain, row.log_total() - chain.log_entry, draw.keep))
    return failed(number, chain);
  const std::uint32_t symbol = row.pick(draw.child);
  const bool leaf = target_.leaf(depth + 1, symbol);
  if (options_.method == Baseline::kRejection) {
    const double total = depth > 0 ? row.log_total() : 0.0;
    const double share = total + (row.log_value(symbol) - row.own_value()) +
                         (leaf ? 0.0 : bounds_[depth + 1]) - bounds_[depth];
    if (!goes_on(number, chain, share, draw.keep)) return failed(number, chain);
  }
  if (memo) chain.log_entry = row.log_mass(symbol) - row.log_weight(weights_, symbol);
  path.symbols[depth] = symbol;
  path.log_ratio[depth] = row.log_ratio(symbol);
  path.log_proposal[depth] = row.log_mass(symbol) - row.log_total();
  path.log_value = row.log_value(symbol);
  path.length = depth + 1;
  if (path.log_value == kNoMass) return failed(number, chain);  // as all sequences from here on
  if (leaf) return completed(number, chain);
  if (options_.method != Baseline::kSuffixMh) path.row[depth].reset();
  chain.rest = BaselineRest::kWaits;
}

void BaselineWalker::completed(std::uint64_t number, BaselineChain& chain) const {
  switch (options_.method) {
    case Baseline::kBestOf: {
      const double weight = log_target(chain.path, options_.power, 0) - log_proposal(chain.path, 0);
      if (!chain.has_state || weight > chain.state_weight) {
        chain.state = chain.path;
        chain.state_weight = weight;
        chain.has_state = true;
      }
      return count_draw(number, chain);
    }
    case Baseline::kSuffixMh:
      return move(number, chain);
    default:
      ++chain.proposals;
      ++chain.accepted;
      keep(number, chain, chain.path);
      begin(chain);
  }
}

void BaselineWalker::failed(std::uint64_t number, BaselineChain& chain) const {
  if (options_.method == Baseline::kBestOf) return count_draw(number, chain);
  if (options_.method == Baseline::kSuffixMh && chain.has_state)
    return count_step(number, chain, false);
  ++chain.proposals;
  ++chain.rejected;
  begin(chain);
}

// One of N.
void BaselineWalker::count_draw(std::uint64_t number, BaselineChain& chain) const {
  if (++chain.count == options_.best_of) {
    chain.count = 0;
    chain.proposals += options_.best_of;
    chain.rejected += options_.best_of - (chain.has_state ? 1 : 0);
    if (chain.has_state) {
      ++chain.accepted;
      keep(number, chain, chain.state);
    }
    chain.has_state = false;
  }
  begin(chain);
}

void BaselineWalker::move(std::uint64_t number, BaselineChain& chain) const {
  if (!chain.has_state) {  // the first sequence with mass is where it starts
    ++chain.proposals;
    ++chain.accepted;
    chain.has_state = true;
    std::swap(chain.state, chain.path);
    return begin_suffix(number, chain);
  }
  const double ratio = log_suffix_ratio(chain.state, chain.path, chain.cut, options_.power);
  const bool accepted = next_draw(number, chain).keep < exact_power(std::min(ratio, 0.0));
  if (accepted) std::swap(chain.state, chain.path);
  count_step(number, chain, accepted);
}

void BaselineWalker::count_step(std::uint64_t number, BaselineChain& chain, bool accepted) const {
  ++chain.proposals;
  ++(accepted ? chain.accepted : chain.rejected);
  if (++chain.count == options_.steps) {
    chain.count = 0;
    keep(number, chain, chain.state);
  }
  begin_suffix(number, chain);
}

void BaselineWalker::keep(std::uint64_t number, BaselineChain& chain,
                          const BaselinePath& path) const {
  keep_(number, chain.samples, path);
  ++chain.samples;
}

}  // namespace wend
