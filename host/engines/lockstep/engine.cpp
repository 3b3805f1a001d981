#include "host/engines/lockstep/engine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include "host/base/laps.hpp"
#include "host/base/parallel.hpp"
#include "host/base/stopwatch.hpp"
#include "host/engines/lockstep/oracle_failure.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

// Other threads may have to be woken each round: worth it where the oracle took this long over the
// last one, on all of them together.
constexpr double kWorthAskingThreads = 3e-4;
constexpr double kWorthAskingAwakeThreads = 3e-5;

// Nodes of the memo that are fetched before they are dropped.
constexpr std::size_t kDropsAhead = 64;

std::uint64_t checked_count(const ModelOracle& oracle, const ChainState& chains) {
  const OracleTraits& traits = oracle.model->traits();
  const std::uint64_t count = chains.chains();
  if (traits.most_slots != 0 && count > traits.most_slots)
    throw Error(ErrorKind::kUsage, "chains",
                fmt::format("{}, but the oracle \"{}\" keeps no more than {} apart", count,
                            traits.name, traits.most_slots));
  if (count > std::numeric_limits<std::uint32_t>::max())
    throw Error(ErrorKind::kUsage, "chains", "must be below 2^32");
  return count;
}

}  // namespace

LockstepEngine::LockstepEngine(const ModelOracle& oracle, kernels::Walk walk, ChainState chains,
                               const LockstepOptions& options, Backend backend)
    : oracle_(oracle),
      options_(options),
      chains_(checked_count(oracle, chains)),
      contexts_(context_count(oracle, chains_)),
      max_batch_(batch_limit(oracle, chains_, options)),
      memo_layout_(memo_layout(oracle, walk, options.memo_bytes)),
      hashes_(chains_, oracle.horizon),
      requests_(chains_) {
  if (options.memo_bytes != 0) {
    memo_.emplace(memo_layout_.bytes, memo_layout_.words);
    numbers_.assign(chains_ * oracle.horizon, Memo::kAboveRoot);
  }
  const std::uint64_t rows = memo_ ? memo_->capacity() : 0;
  store_ = backend == Backend::kCuda
               ? make_cuda_store(oracle, walk, std::move(chains), options, rows)
               : make_host_store(oracle, walk, std::move(chains), options, rows, workers_);
  forget_numbers();
}

void LockstepEngine::pin() {
  // One without room, so that the first row says how much is needed.
  if (!memo_) memo_.emplace(0, memo_layout_.words);
  numbers_.resize(chains_ * oracle_.horizon, Memo::kAboveRoot);
  pinned_ = true;
}

// Names that nothing is found under.
void LockstepEngine::forget_numbers() {
  for (std::uint64_t& number : numbers_) number = memo_->new_number();
}

void LockstepEngine::restore(const ChainState& state) {
  if (pinned_)  // the rows would be asked for again, and may be others
    throw Error(ErrorKind::kUsage, "chains whose rows are pinned cannot be restored");
  store_->restore(state);
  hashes_.forget();
  forget_numbers();
}

std::uint64_t LockstepEngine::oracle_queries() const {
  const OracleUse so_far = use();
  return (so_far.evaluations + so_far.memo_hits + so_far.shared + so_far.path_hits -
          so_far.repeats + unanswered()) *
         oracle_.alphabet;
}

OracleUse LockstepEngine::use() const {
  OracleUse use = use_;
  store_->add_use(use);
  if (memo_) {
    use.memo_rows = memo_->size();
    use.memo_bytes = options_.memo_bytes;
  }
  use.pinned = pinned_;
  return use;
}

RoundTimes LockstepEngine::times() const {
  RoundTimes alone;
  RoundTimes asking;
  store_->add_times(alone, asking);
  // As many as ask() has at once.
  const auto threads =
      static_cast<double>(std::min<std::uint64_t>(contexts_, resolve_threads(options_.threads)));
  RoundTimes times = times_;
  times.walk = std::max(0.0, times.walk - alone.gather);
  times.oracle = alone.oracle + asking.oracle / threads;
  times.rows = alone.rows + asking.rows / threads;
  times.memo += asking.memo / threads;
  times.gather = alone.gather + asking.gather / threads;
  times.transfers = asking.transfers / threads;
  const double asked =
      times.oracle + times.rows + (asking.memo + asking.gather) / threads + times.transfers;
  times.idle = std::max(0.0, asking_seconds_ - asked);
  return times;
}

void LockstepEngine::advance(const kernels::RunLimits& limits, std::span<std::uint32_t> records,
                             const std::atomic<bool>& stop) {
  store_->begin(limits, records);
  run(stop);
}

void LockstepEngine::advance(const TourTask& task, const std::atomic<bool>& stop) {
  store_->begin(task);
  run(stop);
}

// The round that the store has begun.
void LockstepEngine::run(const std::atomic<bool>& stop) {
  const Stopwatch watch;
  try {
    go_rounds(stop);
  } catch (...) {
    store_->end();
    times_.total += watch.seconds();
    throw;
  }
  store_->end();
  times_.total += watch.seconds();
}

void LockstepEngine::go_rounds(const std::atomic<bool>& stop) {
  Laps laps;
  while (!stop) {
    const bool any = store_->walk();
    times_.walk += laps.next();
    if (!any) return;
    look_up();
    if (pinned_) check_pinned_room();
    keep();
    times_.memo += laps.next();
    if (requests_.nodes().empty()) continue;
    ask(stop);
    asking_seconds_ += laps.next();
    settle();
    times_.memo += laps.next();
  }
}

// What the memo knows, and in `requests_` what must be asked for.
void LockstepEngine::look_up() {
  requests_.clear();
  recalled_.clear();
  const std::span<const WaitingChain> waiting = store_->waiting();
  missed_.clear();
  for (const WaitingChain& chain : waiting) {
    hashes_.prefetch(chain);
    if (memo_) memo_->prefetch(parent_number(chain), chain.symbol);
  }
  for (std::uint32_t place = 0; place < waiting.size(); ++place) {
    hashes_.stand(waiting[place]);
    if (!memo_ || !find_in_memo(place)) missed_.push_back({place, hashes_.of(waiting[place])});
  }
  requests_.add(waiting, missed_);
  store_->recall(recalled_);
}

bool LockstepEngine::find_in_memo(std::uint32_t place) {
  const WaitingChain& chain = store_->waiting()[place];
  const std::optional<Memo::Found> found = memo_->find(parent_number(chain), chain.symbol);
  if (!found) return false;
  recalled_.push_back({place, found->entry});
  number(chain) = found->number;
  ++use_.memo_hits;
  if (chain.again) ++use_.repeats;
  return true;
}

void LockstepEngine::check_pinned_room() const {
  const std::uint64_t needed = memo_->size() + requests_.nodes().size();
  if (needed <= memo_->capacity()) return;
  const std::uint64_t row = Memo::bytes_per_node(memo_layout_.words);
  throw OracleFailure(fmt::format(
      "oracle \"{}\": its answers differ, so that all its rows are kept, and the memo of "
      "{} bytes is full at {} rows: this round needs {} bytes; a larger memo goes further",
      oracle_.model->traits().name, options_.memo_bytes, memo_->size(),
      memo_bytes_for(memo_layout_, needed * row)));
}

// Where the rows that are asked for go in the memo, in the chains' order: known beforehand, so that
// whoever makes a row keeps it, too.
void LockstepEngine::keep() {
  kept_.clear();
  if (memo_) {
    const std::span<const WaitingChain> waiting = store_->waiting();
    const std::span<const std::uint32_t> nodes = requests_.nodes();
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      if (i % kDropsAhead == 0) memo_->prefetch_drops(std::min(kDropsAhead, nodes.size() - i));
      const std::uint32_t place = nodes[i];
      const WaitingChain& chain = waiting[place];
      const Memo::Kept kept = memo_->insert(parent_number(chain), chain.symbol);
      number(chain) = kept.number;
      if (kept.entry) kept_.push_back({place, *kept.entry});
    }
    // A small memo has dropped some of them for later ones already.
    std::erase_if(kept_, [&](const MemoRow& row) {
      return !memo_->holds(row.entry, number(waiting[row.waiting]));
    });
  }
  store_->keep(kept_);
}

void LockstepEngine::ask(const std::atomic<bool>& stop) {
  answered_.assign(requests_.nodes().size(), 0);
  try {
    call_contexts(stop);
  } catch (...) {
    std::ranges::fill(answered_, 0);  // a device has kept none yet
    forget_unanswered();
    throw;
  }
}

void LockstepEngine::forget_unanswered() {
  const std::span<const std::uint32_t> nodes = requests_.nodes();
  auto kept = kept_.begin();
  for (std::size_t i = 0; i < nodes.size() && kept != kept_.end(); ++i) {
    if (kept->waiting != nodes[i]) continue;
    if (answered_[i] == 0) memo_->forget(kept->entry);
    ++kept;
  }
}

// Each context has its share of the slots, whoever stands there.
void LockstepEngine::call_contexts(const std::atomic<bool>& stop) {
  const std::span<const std::uint32_t> nodes = requests_.nodes();
  const std::span<const WaitingChain> waiting = store_->waiting();
  const std::uint64_t share = (chains_ + contexts_ - 1) / contexts_;
  const auto first_of = [&](std::uint64_t context) {
    return std::ranges::lower_bound(nodes, context * share, {}, [&](std::uint32_t place) {
      return std::uint64_t{waiting[place].chain};
    });
  };
  const double worth = workers_.awake() ? kWorthAskingAwakeThreads : kWorthAskingThreads;
  const unsigned threads = oracle_seconds_ > worth ? options_.threads : 1;
  std::vector<double> seconds(contexts_, 0.0);
  workers_.blocks(contexts_, 1, threads, [&](std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t context = first; context < last; ++context) {
      const Stopwatch watch;
      std::span<const std::uint32_t> left(first_of(context), first_of(context + 1));
      while (!left.empty() && !stop) {
        const auto batch = left.first(std::min<std::size_t>(left.size(), max_batch_));
        store_->ask(static_cast<std::uint32_t>(context), batch);
        std::fill_n(answered_.begin() + (batch.data() - nodes.data()), batch.size(), 1);
        left = left.subspan(batch.size());
      }
      seconds[context] = watch.seconds();
    }
  });
  store_->finish_asking();
  oracle_seconds_ = std::accumulate(seconds.begin(), seconds.end(), 0.0);
}

// Every row to whom it concerns; there may have been a stop before the last ones.
void LockstepEngine::settle() {
  const std::span<const WaitingChain> waiting = store_->waiting();
  const std::span<const std::uint32_t> nodes = requests_.nodes();
  forget_unanswered();
  asked_.clear();
  shared_.clear();
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (answered_[i] == 0) continue;
    const WaitingChain& chain = waiting[nodes[i]];
    asked_.push_back(nodes[i]);
    ++use_.evaluations;
    if (chain.again) ++use_.repeats;
  }
  for (const auto& [place, request] : requests_.sharers()) {
    if (answered_[request] == 0) continue;
    shared_.push_back({place, nodes[request]});
    ++use_.shared;
    if (waiting[place].again) ++use_.repeats;
    if (memo_) number(waiting[place]) = number(waiting[nodes[request]]);
  }
  store_->settle(asked_, shared_);
}

}  // namespace wend
