#include "host/baselines/run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>
#include <numeric>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

#include "host/base/memory_limit.hpp"
#include "host/base/number_text.hpp"
#include "host/base/parallel.hpp"
#include "host/base/stopwatch.hpp"
#include "host/baselines/draw_keeper.hpp"
#include "host/baselines/guarantee.hpp"
#include "host/baselines/prefix_trie.hpp"
#include "host/baselines/row_asker.hpp"
#include "host/baselines/walker.hpp"
#include "host/engines/cpu/describe.hpp"
#include "host/engines/lockstep/oracle_failure.hpp"
#include "host/engines/lockstep/self_test.hpp"
#include "host/oracles/model_oracle.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

// Threads are worth making for as many numbers as these.
constexpr std::uint64_t kWorthThreads = std::uint64_t{1} << 16U;

struct PrefixLess {
  bool operator()(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b) const {
    return std::ranges::lexicographical_compare(a, b);
  }
};

std::uint64_t memo_bytes(const BaselineOptions& options) {
  return options.memo_bytes.value_or(available_memory() / 4);
}

void check_run_memory(const BaselineTarget& target, const BaselineOptions& options,
                      std::uint64_t chains) {
  const std::uint64_t row = PrefixRow::bytes(target.alphabet);
  const std::uint64_t rows =
      options.method == Baseline::kSuffixMh ? 2 * std::uint64_t{target.horizon} : 2;
  const std::uint64_t path = 40ULL * target.horizon;
  check_memory(
      memo_bytes(options) + chains * (rows * row + 2 * path),
      fmt::format("{} chains of horizon {}, each with {} rows of {} (fewer need less), and "
                  "a memo of {}",
                  chains, target.horizon, rows, byte_size(row), byte_size(memo_bytes(options))));
}

/// The rounds of a run: chains walk, what they then need is asked for, and so on.
class Rounds {
 public:
  Rounds(const BaselineTarget& target, const BaselineOptions& options, std::uint64_t chains,
         DrawKeeper& draws)
      : target_(target),
        options_(options),
        threads_(resolve_threads(options.threads)),
        trie_(memo_bytes(options), target.alphabet),
        asker_(target, chains, options.max_batch, threads_),
        walker_(target, options, trie_,
                [&draws](std::uint64_t chain, std::uint64_t draw, const BaselinePath& path) {
                  draws.keep(chain, draw, path);
                }),
        chains_(chains, BaselineChain(target.horizon)) {}

  /// True if a budget ended it.
  bool run(const std::atomic<bool>& stop, DrawKeeper& draws) {
    std::vector<std::uint64_t> active(chains_.size());
    std::iota(active.begin(), active.end(), std::uint64_t{0});
    while (!stop) {
      walk(active);
      std::erase_if(active, [&](std::uint64_t chain) {
        return chains_[chain].rest == BaselineRest::kDone ||
               chains_[chain].rest == BaselineRest::kSpent;
      });
      draws.report();
      if (active.empty()) break;
      if (options_.max_evaluations && use_.evaluations >= *options_.max_evaluations) return true;
      ask(active, stop);
    }
    return std::ranges::any_of(
        chains_, [](const BaselineChain& chain) { return chain.rest == BaselineRest::kSpent; });
  }

  /// Throws Error(kRuntime) that names the chain where a counter law failed.
  void take_counters(BaselineResult& result) const {
    std::uint64_t expansions = 0;
    std::uint64_t unanswered = 0;
    BaselineChains& columns = result.per_chain;
    for (const BaselineChain& chain : chains_) {
      columns.proposals.push_back(chain.proposals);
      columns.accepted.push_back(chain.accepted);
      columns.rejected.push_back(chain.rejected);
      columns.expansions.push_back(chain.expansions);
      columns.samples.push_back(chain.samples);
      result.proposals += chain.proposals;
      result.accepted += chain.accepted;
      result.rejected += chain.rejected;
      expansions += chain.expansions;
      unanswered += chain.rest == BaselineRest::kWaits ? 1 : 0;
      if (chain.proposals != chain.accepted + chain.rejected)
        throw Error(ErrorKind::kRuntime,
                    fmt::format("chain {}: {} proposals are not {} accepted and {} rejected",
                                columns.proposals.size() - 1, chain.proposals, chain.accepted,
                                chain.rejected));
    }
    result.queries = expansions * target_.alphabet;
    result.oracle_use = use();
    const OracleUse& use = result.oracle_use;
    const std::uint64_t answered = use.evaluations + use.memo_hits + use.shared;
    if (answered + unanswered != expansions)
      throw Error(ErrorKind::kRuntime,
                  fmt::format("the chains expanded {} nodes, {} were answered and {} not",
                              expansions, answered, unanswered));
  }

  [[nodiscard]] const std::vector<double>& bounds() const { return walker_.bounds(); }

 private:
  struct Sharer {
    std::uint64_t chain;
    std::size_t request;
  };

  void walk(const std::vector<std::uint64_t>& active) {
    const unsigned threads = active.size() * target_.alphabet < kWorthThreads ? 1 : threads_;
    parallel_blocks(active.size(), 1, threads, [&](std::uint64_t first, std::uint64_t last) {
      for (std::uint64_t i = first; i < last; ++i) {
        const std::uint64_t chain = active[i];
        walker_.walk(chain, chains_[chain], chain_quota(options_.samples, chains_.size(), chain),
                     expansion_limit(chain));
      }
    });
  }

  [[nodiscard]] std::uint64_t expansion_limit(std::uint64_t chain) const {
    if (!options_.max_queries) return ~std::uint64_t{0};
    return chain_quota(*options_.max_queries, chains_.size(), chain) / target_.alphabet;
  }

  // Each node is asked for once, in the slot of the first chain that stands there.
  void ask(const std::vector<std::uint64_t>& active, const std::atomic<bool>& stop) {
    std::vector<RowRequest> requests;
    std::vector<Sharer> sharers;
    std::map<std::span<const std::uint32_t>, std::size_t, PrefixLess> places;
    for (const std::uint64_t chain : active) {
      if (chains_[chain].rest != BaselineRest::kWaits) continue;
      const BaselinePath& path = chains_[chain].path;
      const std::span<const std::uint32_t> prefix(path.symbols.data(), path.length);
      const auto [place, fresh] = places.try_emplace(prefix, requests.size());
      if (fresh)
        requests.push_back({static_cast<std::uint32_t>(chain), prefix});
      else
        sharers.push_back({chain, place->second});
    }
    asker_.ask(requests, stop);
    weigh(requests);
    std::vector<PrefixTrie::Id> nodes;
    nodes.reserve(requests.size());
    for (const RowRequest& request : requests) nodes.push_back(install(request));
    for (const auto& [chain, request] : sharers) {
      if (!requests[request].row) continue;
      give(chain, requests[request].row, nodes[request]);
      ++use_.shared;
    }
  }

  void weigh(std::vector<RowRequest>& requests) const {
    const unsigned threads = requests.size() * target_.alphabet < kWorthThreads ? 1 : threads_;
    parallel_blocks(requests.size(), 1, threads, [&](std::uint64_t first, std::uint64_t last) {
      for (std::uint64_t i = first; i < last; ++i) {
        if (!requests[i].row) continue;  // a stop came first
        const auto depth = static_cast<std::uint32_t>(requests[i].prefix.size());
        requests[i].row->weigh(walker_.weights(), depth, [&](std::uint32_t symbol) {
          return target_.leaf(depth + 1, symbol);
        });
      }
    });
  }

  // A node's row goes to the memo, and what it says of the mass below to the rows above.
  PrefixTrie::Id install(const RowRequest& request) {
    if (!request.row) return PrefixTrie::kNone;
    const BaselinePath& path = chains_[request.chain].path;
    const std::uint32_t depth = path.length;
    const PrefixTrie::Id parent = depth == 0 ? PrefixTrie::kNone : path.node[depth - 1];
    const std::uint32_t symbol = depth == 0 ? 0 : path.symbols[depth - 1];
    const PrefixTrie::Id node = trie_.insert(parent, depth, symbol, request.row);
    if (options_.method == Baseline::kMemoRejection)
      trie_.weigh(parent, symbol, request.row->log_total(), walker_.weights());
    give(request.chain, request.row, node);
    ++use_.evaluations;
    return node;
  }

  void give(std::uint64_t number, std::shared_ptr<PrefixRow> row, PrefixTrie::Id node) {
    BaselineChain& chain = chains_[number];
    chain.path.row[chain.path.length] = std::move(row);
    chain.path.node[chain.path.length] = node;
    chain.rest = BaselineRest::kPaused;
  }

  [[nodiscard]] OracleUse use() const {
    OracleUse use = use_;
    for (const BaselineChain& chain : chains_) use.memo_hits += chain.memo_hits;
    use.batches = asker_.batches();
    use.seconds = asker_.seconds();
    use.memo_rows = trie_.size();
    use.memo_bytes = memo_bytes_;
    return use;
  }

  const BaselineTarget& target_;
  const BaselineOptions& options_;
  const unsigned threads_;
  const std::uint64_t memo_bytes_ = memo_bytes(options_);
  PrefixTrie trie_;
  RowAsker asker_;
  BaselineWalker walker_;
  std::vector<BaselineChain> chains_;
  OracleUse use_;
};

void set_costs(const DrawKeeper& draws, BaselineResult& result) {
  if (result.drawn == 0) return;
  const auto evaluations = static_cast<double>(result.oracle_use.evaluations);
  result.evaluations_per_draw = evaluations / static_cast<double>(result.drawn);
  std::optional<double> least;
  for (const auto& observable : {result.diagnostics.log_mass, result.diagnostics.first_symbol})
    if (observable.effective_samples)
      least =
          std::min(*observable.effective_samples, least.value_or(*observable.effective_samples));
  if (least) result.evaluations_per_effective_sample = evaluations / *least;
  const auto [mean, variance] = draws.log_mass_moments();
  result.mean_log_mass = mean;
  if (result.diagnostics.log_mass.effective_samples)
    result.mean_log_mass_error =
        std::sqrt(variance / *result.diagnostics.log_mass.effective_samples);
}

}  // namespace

std::uint64_t baseline_chains(const BaselineTarget& target, const BaselineOptions& options) {
  constexpr std::uint64_t kMostChains = 1024;
  const OracleTraits& traits = target.base->traits();
  const std::uint64_t most = traits.most_slots != 0 ? traits.most_slots : ~std::uint64_t{0};
  if (!options.chains)
    return std::min(std::clamp<std::uint64_t>(options.samples / 16, 1, kMostChains), most);
  if (*options.chains > most)
    throw Error(ErrorKind::kUsage, "chains",
                fmt::format("{}, but the oracle \"{}\" keeps no more than {} apart",
                            *options.chains, traits.name, most));
  return *options.chains;
}

BaselineResult run_baseline(const BaselineTarget& target, const BaselineOptions& options,
                            SampleSink* sink, const std::atomic<bool>& stop,
                            const Progress& progress) {
  check_method(target, options);
  const std::unique_lock<std::mutex> alone = hold(*target.base, *target.in_use);
  BaselineResult result;
  result.chains = baseline_chains(target, options);
  result.requested = options.samples;
  check_run_memory(target, options, result.chains);
  result.device = fmt::format("{}, asking \"{}\"",
                              describe_cpu(resolve_threads(options.threads), Simd::kScalar).name,
                              target.base->traits().name);
  set_law(options, result);

  const Stopwatch watch;
  SelfTestFindings tested;
  if (target.masses == nullptr)
    tested = self_test(*target.base, options.self_test, result.chains, options.max_batch,
                       options.seed, stop);
  DrawKeeper draws(target, options, result.chains, sink, progress);
  Rounds rounds(target, options, result.chains, draws);
  try {
    result.budget_spent = rounds.run(stop, draws);
  } catch (const OracleFailure& failure) {
    result.failure = failure.what();
  }
  rounds.take_counters(result);
  tested.tell(result.oracle_use);
  result.drawn = draws.drawn();
  result.partial = result.drawn < result.requested;
  result.budget_spent = result.budget_spent && result.partial && !stop;
  result.diagnostics = draws.diagnostics(result);
  set_costs(draws, result);
  result.guarantee = baseline_guarantee(target, options, rounds.bounds(), result);
  result.run_seconds = watch.seconds();
  return result;
}

}  // namespace wend
