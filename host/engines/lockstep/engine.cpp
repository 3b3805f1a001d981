#include "host/engines/lockstep/engine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <exception>
#include <limits>
#include <numeric>
#include <string>
#include <utility>

#include "host/base/number_text.hpp"
#include "host/base/parallel.hpp"
#include "host/engines/cpu/describe.hpp"
#include "host/engines/lockstep/oracle_failure.hpp"
#include "host/oracles/oracle.hpp"
#include "kernels/lockstep/path_sums.hpp"
#include "kernels/random/prefix_noise.hpp"
#include "kernels/walk/unit_rows.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

constexpr std::uint64_t kBatchBytes = std::uint64_t{64} << 20U;
constexpr std::uint64_t kStepsOfCall = std::uint64_t{1} << 14U;  // between two looks at `stop`
// Walking as far as the rows go takes a chain some steps, or thousands: threads are worth making
// where the last time took this long.
constexpr double kWorthThreads = 1e-4;

std::uint64_t sum(const std::vector<std::uint64_t>& values) {
  return std::accumulate(values.begin(), values.end(), std::uint64_t{0});
}

// Each has a slot at least.
std::uint64_t context_count(const OracleTraits& traits, std::uint64_t chains) {
  return std::min<std::uint64_t>(traits.contexts, std::max<std::uint64_t>(chains, 1));
}

std::uint32_t batch_limit(const ModelOracle& oracle, std::uint64_t chains,
                          const LockstepOptions& options) {
  const OracleTraits& traits = oracle.model->traits();
  std::uint64_t limit = std::clamp<std::uint64_t>(kBatchBytes / (sizeof(double) * oracle.alphabet),
                                                  1, std::numeric_limits<std::uint32_t>::max());
  if (traits.max_batch != 0) limit = std::min<std::uint64_t>(traits.max_batch, limit);
  if (options.max_batch != 0) limit = std::min<std::uint64_t>(options.max_batch, limit);
  return static_cast<std::uint32_t>(
      std::clamp<std::uint64_t>(limit, 1, std::max<std::uint64_t>(chains, 1)));
}

}  // namespace

LockstepMemory lockstep_memory(const ModelOracle& oracle, kernels::Walk walk, std::uint64_t chains,
                               const LockstepOptions& options) {
  const OracleTraits& traits = oracle.model->traits();
  LockstepMemory memory{};
  memory.node_bytes = RowMaker::node_words(oracle, walk) * sizeof(std::uint32_t);
  const std::uint64_t level = std::max<std::uint64_t>(chains, 1) * memory.node_bytes;
  const std::uint64_t levels = std::min<std::uint64_t>(options.path_bytes / level, oracle.horizon);
  if (levels == 0)
    throw Error(ErrorKind::kUsage, "chains",
                fmt::format("a row of {} for each of {} chains is {}, more than the {} that there "
                            "is for them; fewer chains need less",
                            byte_size(memory.node_bytes), chains, byte_size(level),
                            byte_size(options.path_bytes)));
  memory.levels = static_cast<std::uint32_t>(levels);
  memory.path_bytes = levels * level;
  const std::uint64_t contexts = context_count(traits, chains);
  const std::uint64_t batch =
      std::uint64_t{batch_limit(oracle, chains, options)} * contexts *
      (oracle.alphabet * ((traits.rows == RowKind::kMass ? sizeof(double) : sizeof(float)) +
                          (oracle.thinned ? sizeof(double) : 0)) +
       32);
  const std::uint64_t makers = contexts * (4 * sizeof(double) * std::uint64_t{oracle.alphabet});
  const std::uint64_t sums = oracle.own_masses ? 0 : 2 * sizeof(double) * (oracle.horizon + 1ULL);
  memory.other_bytes =
      batch + makers + chains * (64 + sums + (options.memo_bytes != 0 ? 8ULL * oracle.horizon : 0));
  return memory;
}

LockstepEngine::LockstepEngine(const ModelOracle& oracle, kernels::Walk walk, ChainState chains,
                               const LockstepOptions& options)
    : oracle_(oracle),
      walk_(walk),
      state_(std::move(chains)),
      options_(options),
      threads_(resolve_threads(options.threads)),
      memory_(lockstep_memory(oracle, walk, state_.chains(), options)),
      record_words_(oracle.horizon + record_sums(oracle)),
      words_(memory_.path_bytes / sizeof(std::uint32_t)),
      first_(state_.chains(), 0),
      known_(state_.chains(), 0),
      taken_(state_.chains(), 0),
      path_hits_(state_.chains(), 0),
      rests_(state_.chains(), kernels::Rest::kDone),
      owed_(state_.chains(), kernels::Owed::kNew),
      contexts_(context_count(oracle.model->traits(), state_.chains())),
      max_batch_(batch_limit(oracle, state_.chains(), options)) {
  const OracleTraits& traits = oracle.model->traits();
  const std::uint64_t count = state_.chains();
  check_state(state_, oracle_.horizon + 1, count);
  if (traits.most_slots != 0 && count > traits.most_slots)
    throw Error(ErrorKind::kUsage, "chains",
                fmt::format("{}, but the oracle \"{}\" keeps no more than {} apart", count,
                            traits.name, traits.most_slots));
  if (count > std::numeric_limits<std::uint32_t>::max())
    throw Error(ErrorKind::kUsage, "chains", "must be below 2^32");
  if (!oracle.end_bits.empty()) dummy_moves_.assign(count, 0);
  if (!oracle.own_masses) {
    log_mass_.assign(count * (oracle.horizon + 1ULL), 0.0);
    log_weight_ = log_mass_;
  }
  if (options.memo_bytes != 0) {
    memo_.emplace(options.memo_bytes, memory_.node_bytes / sizeof(std::uint32_t));
    numbers_.assign(count * oracle.horizon, Memo::kAboveRoot);
  }
  round_table_.resize(2 * std::bit_ceil(count | 1U));
  for (Context& context : contexts_) context.maker.emplace(oracle, walk);
  forget_paths();
}

void LockstepEngine::pin() {
  // One without room, so that the first row says how much is needed.
  if (!memo_) memo_.emplace(0, memory_.node_bytes / sizeof(std::uint32_t));
  numbers_.resize(state_.chains() * oracle_.horizon, Memo::kAboveRoot);
  pinned_ = true;
}

// Of chains that have walked already the rows are not here: they are asked for again.
void LockstepEngine::forget_paths() {
  std::ranges::fill(first_, 0U);
  std::ranges::fill(known_, 0U);
  std::ranges::fill(taken_, 0U);
  for (std::uint64_t chain = 0; chain < state_.chains(); ++chain) {
    const bool fresh = state_.steps[chain] == 0;  // charged for its root when it was made
    if (!fresh && !oracle_.own_masses)
      throw Error(ErrorKind::kUsage, "a chain state that lacks the masses of its paths");
    owed_[chain] = fresh ? kernels::Owed::kNew : kernels::Owed::kAgain;
    // Names that nothing is found under.
    for (std::uint32_t depth = 0; memo_ && depth < oracle_.horizon; ++depth)
      number(chain, depth) = memo_->new_number();
  }
}

ChainState LockstepEngine::save() {
  ChainState state = state_;
  state.dummy_moves = dummy_moves_;
  return state;
}

void LockstepEngine::restore(const ChainState& state) {
  if (pinned_)  // the rows would be asked for again, and may be others
    throw Error(ErrorKind::kUsage, "chains whose rows are pinned cannot be restored");
  check_state(state, oracle_.horizon + 1, state_.chains());
  state_ = state;
  forget_paths();
}

std::uint64_t LockstepEngine::oracle_queries() const {
  const OracleUse so_far = use();
  return (so_far.evaluations + so_far.memo_hits + so_far.shared + so_far.path_hits -
          so_far.repeats + unanswered()) *
         oracle_.alphabet;
}

Device LockstepEngine::device() const {
  return {Backend::kCpu,
          fmt::format("{}, asking \"{}\"", describe_cpu(threads_, Simd::kScalar).name,
                      oracle_.model->traits().name)};
}

std::uint64_t LockstepEngine::unanswered() const {
  return static_cast<std::uint64_t>(std::ranges::count(owed_, kernels::Owed::kNew));
}

OracleUse LockstepEngine::use() const {
  OracleUse use = use_;
  use.path_hits = sum(path_hits_);
  for (const Context& context : contexts_) {
    use.batches += context.batches;
    use.seconds += std::chrono::duration<double>(context.spent).count();
  }
  if (memo_) {
    use.memo_rows = memo_->size();
    use.memo_bytes = options_.memo_bytes;
  }
  use.pinned = pinned_;
  return use;
}

void LockstepEngine::advance(const kernels::RunLimits& limits, std::span<std::uint32_t> records,
                             const std::atomic<bool>& stop) {
  active_.resize(state_.chains());
  std::iota(active_.begin(), active_.end(), 0U);
  while (!stop && !active_.empty()) {
    walk(limits, records);
    gather();
    if (!requests_.empty()) {
      if (pinned_) check_pinned_room();
      ask(stop);
      keep_answers();
    }
  }
}

void LockstepEngine::walk(const kernels::RunLimits& limits, std::span<std::uint32_t> records) {
  kernels::visit_walk(walk_, [&]<kernels::Walk kWalk>() {
    const auto walk_rows = [&](const auto& rows) {
      walk_all<kWalk>(
          [rows](const std::uint32_t* words) {
            auto at = rows;
            at.words = words;
            return at;
          },
          limits, records);
    };
    const RowFormat format(oracle_.alphabet);
    if (format.slot_bits() != 0)
      walk_rows(kernels::UnitRows{nullptr, oracle_.alphabet + 1, format.slot_bits()});
    else
      visit_rows(format, nullptr, walk_rows);
  });
}

template <kernels::Walk kWalk, class MakeRows>
void LockstepEngine::walk_all(const MakeRows& rows, const kernels::RunLimits& limits,
                              std::span<std::uint32_t> records) {
  const kernels::PathRows rows_of_paths = paths();
  const kernels::LockstepCounts counts{dummy_moves_.data(), path_hits_.data(), taken_.data(),
                                       owed_.data()};
  const kernels::ChainArrays chains = arrays_of(state_);
  const kernels::LockstepShape shape = oracle_.shape();
  kernels::RunLimits slice = limits;
  slice.step_budget = std::min(limits.step_budget, kStepsOfCall);
  const auto walk_chains = [&](const auto& sums) {
    const unsigned threads = walk_seconds_ > kWorthThreads ? threads_ : 1;
    const Clock::time_point begin = Clock::now();
    parallel_blocks(active_.size(), 1, threads, [&](std::uint64_t first, std::uint64_t last) {
      for (std::uint64_t i = first; i < last; ++i) {
        const std::uint32_t chain = active_[i];
        rests_[chain] = kernels::walk_on<kWalk>(shape, rows_of_paths, rows, sums, counts, chains,
                                                chain, slice, record_words_, records.data());
      }
    });
    const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    walk_seconds_ = seconds * threads;
  };
  if (oracle_.own_masses)
    walk_chains(kernels::NoPathSums{});
  else
    walk_chains(kernels::LogPathSums{log_mass_.data(), log_weight_.data(), oracle_.horizon,
                                     oracle_.alphabet, RowMaker::rows_words(oracle_, walk_)});
}

kernels::PathRows LockstepEngine::paths() {
  return {words_.data(), first_.data(), known_.data(), memory_.node_bytes / sizeof(std::uint32_t),
          memory_.levels};
}

std::span<std::uint32_t> LockstepEngine::row(std::uint64_t chain) {
  const kernels::PathRows rows = paths();
  return {rows.node(chain, state_.depth[chain]), rows.node_words};
}

std::uint64_t LockstepEngine::parent_number(std::uint64_t chain) {
  const std::uint32_t depth = state_.depth[chain];
  return depth == 0 ? Memo::kAboveRoot : number(chain, depth - 1);
}

std::uint32_t LockstepEngine::last_symbol(std::uint64_t chain) const {
  const std::uint32_t depth = state_.depth[chain];
  return depth == 0 ? 0 : path(chain)[depth];
}

// The chain has the row of where it stands; what it had further down, if anything, is of an older
// visit to here and dropped.
void LockstepEngine::installed(std::uint32_t chain) {
  paths().got(chain, state_.depth[chain]);
  if (owed_[chain] == kernels::Owed::kAgain) ++use_.repeats;
  owed_[chain] = kernels::Owed::kNothing;
}

// Leaves in `active_` the chains that go on, and in `requests_` what must be asked for them.
void LockstepEngine::gather() {
  requests_.clear();
  sharers_.clear();
  round_hashes_.clear();
  std::size_t kept = 0;
  for (const std::uint32_t chain : active_) {
    const kernels::Rest rest = rests_[chain];
    if (rest == kernels::Rest::kDone) continue;
    active_[kept++] = chain;
    if (rest == kernels::Rest::kPaused || answer_from_memo(chain)) continue;
    add_request(chain);
  }
  active_.resize(kept);
}

bool LockstepEngine::answer_from_memo(std::uint32_t chain) {
  if (!memo_) return false;
  const std::uint32_t depth = state_.depth[chain];
  const std::optional<Memo::Found> found = memo_->find(parent_number(chain), last_symbol(chain));
  if (!found) return false;
  std::ranges::copy(found->node, row(chain).begin());
  number(chain, depth) = found->number;
  installed(chain);
  ++use_.memo_hits;
  return true;
}

bool LockstepEngine::same_node(std::uint32_t chain, std::uint32_t other) const {
  const std::uint32_t depth = state_.depth[chain];
  return state_.depth[other] == depth &&
         std::equal(path(chain) + 1, path(chain) + 1 + depth, path(other) + 1);
}

void LockstepEngine::add_request(std::uint32_t chain) {
  const std::uint32_t depth = state_.depth[chain];
  std::uint64_t hash = depth;
  for (std::uint32_t h = 1; h <= depth; ++h) hash = kernels::extend_prefix(hash, path(chain)[h]);
  const std::uint64_t mask = round_table_.size() - 1;
  std::uint64_t place = hash & mask;
  while (round_table_[place] != 0) {
    const std::uint32_t request = round_table_[place] - 1;
    if (round_hashes_[request] == hash && same_node(chain, requests_[request])) {
      sharers_.push_back({chain, request});
      return;
    }
    place = (place + 1) & mask;
  }
  round_table_[place] = static_cast<std::uint32_t>(requests_.size() + 1);
  round_hashes_.push_back(hash);
  requests_.push_back(chain);
}

void LockstepEngine::check_pinned_room() const {
  const std::uint64_t needed = memo_->size() + requests_.size();
  if (needed <= memo_->capacity()) return;
  const std::uint64_t row = Memo::bytes_per_node(memory_.node_bytes / sizeof(std::uint32_t));
  throw OracleFailure(
      fmt::format("oracle \"{}\": its answers differ, so that all its rows are kept, and the memo of "
                  "{} bytes is full at {} rows of {} bytes each: this round needs {} bytes; a larger "
                  "memo goes further",
                  oracle_.model->traits().name, options_.memo_bytes, memo_->size(), row,
                  needed * row));
}

// Each context has its share of the slots, whoever stands there.
void LockstepEngine::ask(const std::atomic<bool>& stop) {
  answered_.assign(requests_.size(), 0);
  const std::uint64_t mask = round_table_.size() - 1;
  for (const std::uint64_t hash : round_hashes_)
    for (std::uint64_t place = hash & mask; round_table_[place] != 0; place = (place + 1) & mask)
      round_table_[place] = 0;

  const std::uint64_t share = (state_.chains() + contexts_.size() - 1) / contexts_.size();
  parallel_blocks(contexts_.size(), 1, threads_, [&](std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t context = first; context < last; ++context) {
      const auto begin = std::ranges::lower_bound(requests_, context * share);
      const auto end = std::ranges::lower_bound(requests_, (context + 1) * share);
      std::span<const std::uint32_t> left(begin, end);
      while (!left.empty() && !stop) {
        const auto batch = left.first(std::min<std::size_t>(left.size(), max_batch_));
        ask_batch(static_cast<std::uint32_t>(context), batch);
        std::fill_n(answered_.begin() + (batch.data() - requests_.data()), batch.size(), 1);
        left = left.subspan(batch.size());
      }
    }
  });
}

void LockstepEngine::ask_batch(std::uint32_t context_number,
                               std::span<const std::uint32_t> requests) {
  Context& context = contexts_[context_number];
  const OracleTraits& traits = oracle_.model->traits();
  const std::size_t size = requests.size();
  const std::size_t cells = size * oracle_.alphabet;
  const auto fill = [&](auto& array, const auto& value) {
    array.resize(std::max(array.size(), size));
    for (std::size_t i = 0; i < size; ++i) array[i] = value(requests[i]);
    return array.data();
  };
  OracleBatch batch;
  batch.size = static_cast<std::uint32_t>(size);
  batch.slot = fill(context.slot, [](std::uint32_t chain) { return chain; });
  batch.depth =
      fill(context.depth, [&](std::uint32_t chain) { return std::uint32_t{state_.depth[chain]}; });
  batch.symbol = fill(context.symbol, [&](std::uint32_t chain) { return last_symbol(chain); });
  batch.known = fill(context.known, [&](std::uint32_t chain) {
    return std::min<std::uint32_t>(taken_[chain], state_.depth[chain]);
  });
  batch.prefix = fill(context.prefix,
                      [&](std::uint32_t chain) -> const std::uint32_t* { return path(chain) + 1; });
  OracleRows rows;
  if (traits.rows == RowKind::kLogRatio) {
    context.logs.resize(std::max(context.logs.size(), cells));
    rows.log_ratio = context.logs.data();
  } else {
    context.masses.resize(std::max(context.masses.size(), cells));
    context.own.resize(std::max(context.own.size(), size));
    rows.mass = context.masses.data();
    rows.own = context.own.data();
  }
  if (oracle_.thinned) {
    context.kept.assign(cells, 1.0);
    rows.kept = context.kept.data();
  }
  const Clock::time_point begin = Clock::now();
  try {
    oracle_.model->expand(context_number, batch, rows);
  } catch (const std::exception& error) {
    throw OracleFailure(fmt::format("oracle \"{}\": {}", traits.name, error.what()));
  } catch (...) {
    throw OracleFailure(fmt::format("oracle \"{}\": it threw what is no exception", traits.name));
  }
  context.spent += Clock::now() - begin;
  ++context.batches;
  const unsigned threads = contexts_.size() == 1 ? threads_ : 1;
  const auto make = [&](RowMaker& maker, std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t i = first; i < last; ++i) {
      const std::uint32_t chain = requests[i];
      maker.make(rows, i, {chain, state_.depth[chain]}, row(chain));
      taken_[chain] = state_.depth[chain];
    }
  };
  if (threads == 1 || cells < (std::size_t{1} << 14U)) {
    make(*context.maker, 0, size);
    return;
  }
  parallel_blocks(size, 1, threads, [&](std::uint64_t first, std::uint64_t last) {
    RowMaker maker(oracle_, walk_);
    make(maker, first, last);
  });
}

// Every row to whom it concerns, and into the memo, in the chains' order.
void LockstepEngine::keep_answers() {
  for (std::size_t i = 0; i < requests_.size(); ++i) {
    const std::uint32_t chain = requests_[i];
    if (answered_[i] == 0) continue;  // there was a stop before
    if (memo_)
      number(chain, state_.depth[chain]) =
          memo_->insert(parent_number(chain), last_symbol(chain), row(chain));
    installed(chain);
    ++use_.evaluations;
  }
  for (const auto& [chain, request] : sharers_) {
    if (answered_[request] == 0) continue;
    const std::uint32_t owner = requests_[request];
    std::ranges::copy(row(owner), row(chain).begin());
    if (memo_) number(chain, state_.depth[chain]) = number(owner, state_.depth[owner]);
    installed(chain);
    ++use_.shared;
  }
}

}  // namespace wend
