#include "host/engines/lockstep/host_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <limits>
#include <memory>
#include <numeric>
#include <type_traits>
#include <utility>

#include "host/base/laps.hpp"
#include "host/base/parallel.hpp"
#include "host/engines/cpu/describe.hpp"
#include "host/engines/lockstep/plain_walk.hpp"
#include "host/oracles/oracle.hpp"
#include "kernels/lockstep/path_sums.hpp"
#include "kernels/walk/unit_rows.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

// Walking as far as the rows go takes a chain some steps, or thousands: threads are worth waking
// where the last time took this long.
constexpr double kWorthThreads = 1e-4;
constexpr double kWorthAwakeThreads = 1e-5;
// Copied in some 100 us, and more where the memory is new.
constexpr std::uint64_t kWordsWorthAThread = std::uint64_t{1} << 18U;
// Made in some 200 us, or 15 us.
constexpr std::uint64_t kCellsWorthThreads = std::uint64_t{1} << 14U;
constexpr std::uint64_t kCellsWorthAwakeThreads = std::uint64_t{1} << 10U;
constexpr std::uint32_t kCopiesInTheTimeOfOne = 8;  // that is made
constexpr std::uint32_t kNowhere = ~std::uint32_t{0};
// Rows that are made before those of them that are kept are copied, from a cache near by.
constexpr std::uint64_t kWordsMadeAtOnce = std::uint64_t{1} << 15U;

/// A node's words, a pair or two of them where there are few symbols: no call for those.
void copy_words(std::span<const std::uint32_t> from, std::span<std::uint32_t> to) {
  if (from.size() > 4) {
    std::ranges::copy(from, to.begin());
    return;
  }
  for (std::size_t i = 0; i < from.size(); ++i) to[i] = from[i];
}

}  // namespace

HostStore::HostStore(const ModelOracle& oracle, kernels::Walk walk, ChainState chains,
                     const LockstepOptions& options, std::uint64_t memo_rows, Workers& workers)
    : oracle_(oracle),
      workers_(workers),
      walk_(walk),
      state_(std::move(chains)),
      threads_(resolve_threads(options.threads)),
      simd_(resolve(options.simd)),
      memory_(lockstep_memory(oracle, walk, state_.chains(), options)),
      node_words_(memory_.node_bytes / sizeof(std::uint32_t)),
      memo_layout_(memo_layout(oracle, walk, options.memo_bytes)),
      record_words_(oracle.horizon + record_sums(oracle)),
      words_(memory_.path_bytes / sizeof(std::uint32_t)),
      memo_words_(memo_rows * memo_layout_.words),
      made_nodes_(memo_layout_.made_bytes, node_words_, memo_rows),
      first_(state_.chains(), 0),
      known_(state_.chains(), 0),
      taken_(state_.chains(), 0),
      path_hits_(state_.chains(), 0),
      rests_(state_.chains(), kernels::Rest::kDone),
      owed_(state_.chains(), kernels::Owed::kNew),
      contexts_(context_count(oracle, state_.chains())) {
  const std::uint64_t count = state_.chains();
  check_state(state_, oracle_.horizon + 1, count);
  if (!oracle.end_bits.empty()) dummy_moves_.assign(count, 0);
  if (!oracle.own_masses && !sums_at_leaves()) {
    log_mass_.assign(count * (oracle.horizon + 1ULL), 0.0);
    log_weight_ = log_mass_;
  }
  for (Context& context : contexts_) context.maker.emplace(oracle, walk, simd_);
  forget_paths();
}

Device HostStore::device() const {
  return {Backend::kCpu, fmt::format("{}, asking \"{}\"", describe_cpu(threads_, simd_).name,
                                     oracle_.model->traits().name)};
}

// Of chains that have walked already the rows are not here: they are asked for again.
void HostStore::forget_paths() {
  std::ranges::fill(first_, 0U);
  std::ranges::fill(known_, 0U);
  std::ranges::fill(taken_, 0U);
  for (std::uint64_t chain = 0; chain < state_.chains(); ++chain) {
    const bool fresh = state_.steps[chain] == 0;  // charged for its root when it was made
    if (!fresh && !oracle_.own_masses)
      throw Error(ErrorKind::kUsage, "a chain state that lacks the masses of its paths");
    owed_[chain] = fresh ? kernels::Owed::kNew : kernels::Owed::kAgain;
  }
}

ChainState HostStore::save() {
  ChainState state = state_;
  state.dummy_moves = dummy_moves_;
  return state;
}

void HostStore::restore(const ChainState& state) {
  check_state(state, oracle_.horizon + 1, state_.chains());
  state_ = state;
  forget_paths();
}

std::uint64_t HostStore::unanswered() const {
  return static_cast<std::uint64_t>(std::ranges::count(owed_, kernels::Owed::kNew));
}

void HostStore::add_use(OracleUse& use) const {
  use.path_hits += std::accumulate(path_hits_.begin(), path_hits_.end(), std::uint64_t{0});
  for (const Context& context : contexts_) context.asker.add_use(use);
}

void HostStore::add_times(RoundTimes& alone, RoundTimes& asking) const {
  alone.gather += gather_seconds_;
  for (const Context& context : contexts_) {
    context.asker.add_times(asking);
    asking.rows += context.row_seconds;
    asking.memo += context.memo_seconds;
  }
}

void HostStore::begin(const kernels::RunLimits& limits, std::span<std::uint32_t> records) {
  round_.emplace<SampleRound>(limits, record_words_, records);
  all_go_on(std::min(limits.step_budget, kStepsBetweenLooks));
}

void HostStore::begin(const TourTask& task) {
  round_.emplace<TourRound>(task, record_words_);
  all_go_on(kStepsBetweenLooks);
}

void HostStore::end() {
  std::visit([](auto& round) { round.end(); }, round_);
}

void HostStore::all_go_on(std::uint64_t step_budget) {
  step_budget_ = step_budget;
  active_.resize(state_.chains());
  std::iota(active_.begin(), active_.end(), 0U);
}

bool HostStore::walk() {
  kernels::visit_walk(walk_, [&]<kernels::Walk kWalk>() {
    const auto walk_rows = [&](const auto& rows) {
      walk_all<kWalk>([rows](const std::uint32_t* words) {
        auto at = rows;
        at.words = words;
        return at;
      });
    };
    const RowFormat format(oracle_.alphabet);
    if (format.slot_bits() != 0)
      walk_rows(kernels::UnitRows{nullptr, oracle_.alphabet + 1, format.slot_bits()});
    else
      visit_rows(format, nullptr, walk_rows);
  });
  Laps laps;
  gather();
  gather_seconds_ += laps.next();
  return !active_.empty();
}

template <kernels::Walk kWalk, class MakeRows>
void HostStore::walk_all(const MakeRows& rows) {
  using Clock = std::chrono::steady_clock;
  const kernels::PathRows rows_of_paths = paths();
  const kernels::LockstepCounts counts{dummy_moves_.data(), path_hits_.data(), taken_.data(),
                                       owed_.data()};
  const kernels::ChainArrays chains = arrays_of(state_);
  const kernels::LockstepShape shape = oracle_.shape();
  const auto walk_chains = [&](auto& round, const auto& sums) {
    const double worth = workers_.awake() ? kWorthAwakeThreads : kWorthThreads;
    const unsigned threads = walk_seconds_ > worth ? threads_ : 1;
    constexpr bool kSamples = std::same_as<std::decay_t<decltype(round)>, SampleRound>;
    // Lanes count rows in pairs of words, and both in 32 bits.
    const bool in_tiles = oracle_.alphabet <= 4 && std::max(words_.size(), state_.path.size()) <=
                                                       std::numeric_limits<std::uint32_t>::max();
    const Clock::time_point begin = Clock::now();
    const auto walk_one = [&](std::uint32_t chain, std::uint64_t budget) {
      round.take(chains, chain, [&](const kernels::ChainDraws& draws, auto& keeper) {
        rests_[chain] = kernels::walk_on<kWalk>(shape, rows_of_paths, rows, sums, counts, chains,
                                                chain, draws, budget, keeper);
      });
    };
    workers_.blocks(active_.size(), 1, threads, [&](std::uint64_t first, std::uint64_t last) {
      using Sums = std::remove_cvref_t<decltype(sums)>;
      if constexpr (kSamples && !std::same_as<Sums, kernels::LogPathSums>) {
        if (sums_at_leaves()) {
          const PlainRun<MakeRows, Sums> run{shape,  rows_of_paths, rows,  sums,         counts,
                                             chains, round,         simd_, step_budget_, in_tiles};
          return walk_plainly<kWalk>(run, std::span(active_).subspan(first, last - first),
                                     rests_.data(), walk_one);
        }
      }
      for (std::uint64_t i = first; i < last; ++i) walk_one(active_[i], step_budget_);
    });
    const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    walk_seconds_ = seconds * threads;
  };
  const std::uint64_t sums_at = RowMaker::rows_words(oracle_, walk_);
  std::visit(
      [&](auto& round) {
        if (oracle_.own_masses)
          walk_chains(round, kernels::NoPathSums{});
        else if (sums_at_leaves())
          walk_chains(round, LeafSums{rows_of_paths, chains.path, chains.path_chain_stride,
                                      oracle_.alphabet, sums_at});
        else
          walk_chains(round, kernels::LogPathSums{log_mass_.data(), log_weight_.data(),
                                                  oracle_.horizon, oracle_.alphabet, sums_at});
      },
      round_);
}

// Leaves in `active_` the chains that go on, and in `waiting_` those of them that wait.
void HostStore::gather() {
  waiting_.resize(state_.chains());
  WaitingChain* next = waiting_.data();
  std::size_t kept = 0;
  for (const std::uint32_t chain : active_) {
    const kernels::Rest rest = rests_[chain];
    if (rest == kernels::Rest::kDone) continue;
    active_[kept++] = chain;
    if (rest == kernels::Rest::kPaused) continue;
    const std::uint32_t depth = state_.depth[chain];
    const std::uint32_t* path = state_.path.data() + std::uint64_t{chain} * state_.path_words;
    *next++ = {chain,
               depth,
               depth == 0 ? 0 : path[depth],
               std::min(taken_[chain], depth),
               owed_[chain] == kernels::Owed::kAgain,
               path + 1};
  }
  waiting_count_ = static_cast<std::size_t>(next - waiting_.data());
  active_.resize(kept);
}

// Copies of rows, each to a place of its own.
template <class Row, class Copy>
void HostStore::each_row(std::span<const Row> rows, const Copy& copy) {
  const std::uint64_t grain = std::max<std::uint64_t>(1, kWordsWorthAThread / node_words_);
  workers_.blocks(rows.size(), grain, threads_, [&](std::uint64_t first, std::uint64_t last) {
    for (const Row& row : rows.subspan(first, last - first)) copy(row);
  });
}

// By makers of the threads' own, which take as long to make as a row.
template <class Work>
unsigned HostStore::each_made(RowMaker& maker, std::uint64_t count, std::uint64_t cells,
                              unsigned threads, const Work& work) {
  const auto worth = [&] {
    return workers_.awake() ? kCellsWorthAwakeThreads : kCellsWorthThreads;
  };
  if (threads == 1 || count <= 1 || cells < worth()) {
    work(maker, 0, count);
    return 1;
  }
  const auto parts = static_cast<unsigned>(std::min<std::uint64_t>(threads, count));
  while (other_makers_.size() + 1 < parts) other_makers_.emplace_back(oracle_, walk_, simd_);
  workers_.blocks(parts, 1, parts, [&](std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t part = first; part < last; ++part)
      work(part == 0 ? maker : other_makers_[part - 1], count * part / parts,
           count * (part + 1) / parts);
  });
  return parts;
}

void HostStore::make_again(std::span<const MemoRow> rows) {
  made_nodes_.begin_round();
  wanted_.clear();
  std::uint64_t cells = 0;
  for (const MemoRow& found : rows) {
    wanted_.push_back(made_nodes_.find(found.entry));
    cells += wanted_.back().here ? oracle_.alphabet / kCopiesInTheTimeOfOne : oracle_.alphabet;
  }
  const auto make = [&](RowMaker& maker, std::uint64_t first, std::uint64_t last) {
    std::vector<float> logs;
    OracleRows answer;
    for (std::uint64_t i = first; i < last; ++i) {
      const WaitingChain& chain = waiting_[rows[i].waiting];
      const std::span<std::uint32_t> node = row(chain);
      const auto [made, here] = wanted_[i];
      if (here) {
        copy_words({made, node.size()}, node);
      } else {
        logs.resize(oracle_.alphabet);
        answer.log_ratio = logs.data();
        std::memcpy(logs.data(), memo_row(rows[i].entry).data(), logs.size() * sizeof(float));
        maker.make(answer, 0, {chain.chain, chain.depth}, node);
        if (made != nullptr) copy_words(node, {made, node.size()});
      }
      got(chain);
    }
  };
  try {
    each_made(*contexts_[0].maker, rows.size(), cells, threads_, make);
  } catch (...) {  // for want of memory: some may not be written
    for (const MemoRow& found : rows) made_nodes_.forget(found.entry);
    throw;
  }
}

void HostStore::recall(std::span<const MemoRow> rows) {
  if (memo_layout_.logs) return make_again(rows);
  each_row(rows, [&](const MemoRow& found) {
    copy_words(memo_row(found.entry), row(waiting_[found.waiting]));
    got(waiting_[found.waiting]);
  });
}

void HostStore::keep(std::span<const MemoRow> rows) {
  kept_in_.assign(waiting_count_, kNowhere);
  for (const auto& [waiting, entry] : rows) {
    kept_in_[waiting] = entry;
    made_nodes_.forget(entry);
  }
}

// A row that is written soon; those of many symbols would only be in each other's way.
void HostStore::prefetch_memo_row(std::uint32_t entry) {
  constexpr std::uint64_t kWordsOfLine = 16;
  if (entry == kNowhere || memo_layout_.words > kWordsMadeAtOnce) return;
  const std::span<const std::uint32_t> words = memo_row(entry);
  for (std::uint64_t w = 0; w < words.size(); w += kWordsOfLine) __builtin_prefetch(&words[w], 1);
}

void HostStore::settle(std::span<const std::uint32_t> asked, std::span<const SharedRow> shared) {
  for (const std::uint32_t waiting : asked) got(waiting_[waiting]);
  each_row(shared, [&](const SharedRow& one) {
    copy_words(row(waiting_[one.owner]), row(waiting_[one.waiting]));
    got(waiting_[one.waiting]);
  });
}

void HostStore::ask(std::uint32_t context_number, std::span<const std::uint32_t> chains) {
  Context& context = contexts_[context_number];
  const std::size_t size = chains.size();
  const std::size_t cells = size * oracle_.alphabet;
  const auto room = [](auto& array, std::size_t wanted) {
    array.resize(std::max(array.size(), wanted));
    return array.data();
  };
  OracleRows rows;
  if (oracle_.model->traits().rows == RowKind::kLogRatio) {
    rows.log_ratio = room(context.logs, cells);
  } else {
    rows.mass = room(context.masses, cells);
    rows.own = room(context.own, size);
  }
  if (oracle_.thinned) {
    context.kept.assign(cells, 1.0);
    rows.kept = context.kept.data();
  }
  context.asker.ask(oracle_, context_number, waiting_, chains, rows);
  Laps all;
  const std::uint64_t at_once = std::max<std::uint64_t>(1, kWordsMadeAtOnce / node_words_);
  const auto make = [&](RowMaker& maker, std::uint64_t first, std::uint64_t last) {
    const auto depth = [&](std::uint64_t i) { return waiting_[chains[i]].depth; };
    const auto node = [&](std::uint64_t i) { return row(waiting_[chains[i]]).data(); };
    for (std::uint64_t i = first; i < last;) {
      // The last ones with some that are made again, to the same words.
      const std::uint64_t end = std::min<std::uint64_t>(i + SmallRows::kRows, last);
      if (end - first >= SmallRows::kRows &&
          maker.make_some(rows, end - SmallRows::kRows, depth, node)) {
        i = end;
        continue;
      }
      const WaitingChain& chain = waiting_[chains[i]];
      prefetch_memo_row(kept_in_[chains[i]]);
      maker.make(rows, i, {chain.chain, chain.depth}, row(chain));
      ++i;
    }
  };
  const auto put_away = [&](std::uint64_t first, std::uint64_t last) {
    for (const std::uint32_t waiting : chains.subspan(first, last - first)) {
      const WaitingChain& chain = waiting_[waiting];
      taken_[chain.chain] = chain.depth;
      if (kept_in_[waiting] != kNowhere) copy_words(kept_words(chain), memo_row(kept_in_[waiting]));
    }
  };
  // Returns the seconds that keeping rows took of it.
  const auto make_and_keep = [&](RowMaker& maker, std::uint64_t first, std::uint64_t last) {
    double keeping = 0;
    Laps laps;
    for (std::uint64_t begin = first; begin < last; begin += at_once) {
      const std::uint64_t end = std::min(begin + at_once, last);
      make(maker, begin, end);
      laps.next();
      put_away(begin, end);
      keeping += laps.next();
    }
    return keeping;
  };
  const unsigned threads = contexts_.size() == 1 ? threads_ : 1;
  std::atomic<double> of_all = 0;
  const unsigned makers = each_made(*context.maker, size, cells, threads,
                                    [&](RowMaker& maker, std::uint64_t first, std::uint64_t last) {
                                      of_all += make_and_keep(maker, first, last);
                                    });
  const double keeping = of_all / makers;
  context.memo_seconds += keeping;
  context.row_seconds += std::max(0.0, all.next() - keeping);
}

std::unique_ptr<LockstepStore> make_host_store(const ModelOracle& oracle, kernels::Walk walk,
                                               ChainState chains, const LockstepOptions& options,
                                               std::uint64_t memo_rows, Workers& workers) {
  return std::make_unique<HostStore>(oracle, walk, std::move(chains), options, memo_rows, workers);
}

}  // namespace wend
