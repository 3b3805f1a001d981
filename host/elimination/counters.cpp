#include "host/elimination/counters.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <string>

#include "wend/error.hpp"

namespace wend {
namespace {

[[noreturn]] void fail(const std::string& law) {
  throw Error(ErrorKind::kRuntime, "counters: " + law);
}

[[noreturn]] void fail(std::uint64_t chain, const std::string& law) {
  fail(fmt::format("chain {}: {}", chain, law));
}

// Sums and products that wrap around could make two wrong counters agree, so none may.
std::uint64_t add(std::uint64_t a, std::uint64_t b) {
  std::uint64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) fail("a sum exceeds 64 bits");
  return sum;
}

std::uint64_t multiply(std::uint64_t a, std::uint64_t b) {
  std::uint64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) fail("a product exceeds 64 bits");
  return product;
}

void check_sizes(const ClassChains& chains) {
  const auto check = [&](const char* name, std::uint64_t size) {
    if (size != chains.chains())
      fail(fmt::format("{} is not as long as the {} chains", name, chains.chains()));
  };
  for (const ClassCounter& counter : kClassCounters)
    check(counter.name, (chains.*counter.values).size());
  if (!chains.truth.empty()) check("truth", chains.truth.size());
}

void check_paths(const ClassChains& chains, std::uint64_t c) {
  const std::uint64_t proposed = add(chains.scouted[c], chains.proposals[c]);
  if (chains.paths[c] != add(proposed, chains.direct[c])) {
    fail(c, fmt::format("paths {} are not scouted {} + proposals {} + direct {}", chains.paths[c],
                        chains.scouted[c], chains.proposals[c], chains.direct[c]));
  }
  if (chains.proposals[c] != add(chains.accepted[c], chains.rejected[c])) {
    fail(c, fmt::format("proposals {} are not accepted {} + rejected {}", chains.proposals[c],
                        chains.accepted[c], chains.rejected[c]));
  }
  if (chains.samples[c] != add(chains.accepted[c], chains.direct[c])) {
    fail(c, fmt::format("samples {} are not accepted {} + direct {}", chains.samples[c],
                        chains.accepted[c], chains.direct[c]));
  }
}

// `asked`: paths that were asked along, at the least at their leaf, but for `cut_off` of them.
void check_nodes(const ClassChains& chains, std::uint64_t c, std::uint32_t horizon,
                 std::uint64_t asked, std::uint64_t cut_off) {
  const std::uint64_t nodes = add(chains.nodes_asked[c], chains.nodes_skipped[c]);
  const std::uint64_t whole = multiply(horizon, asked);
  if (nodes > whole || whole - nodes > multiply(horizon, cut_off)) {
    fail(c, fmt::format("nodes asked {} + skipped {} are not those of {} paths of {}",
                        chains.nodes_asked[c], chains.nodes_skipped[c], asked, horizon));
  }
  if (chains.queries_leaf[c] < asked - std::min(asked, cut_off)) {
    fail(c, fmt::format("leaf queries {} for {} paths", chains.queries_leaf[c], asked));
  }
  const std::uint64_t queries = add(chains.queries_interior[c], chains.queries_leaf[c]);
  if (chains.nodes_asked[c] > queries) {
    fail(c, fmt::format("nodes asked {} exceed queries {}", chains.nodes_asked[c], queries));
  }
}

void check_members(const ClassResult& result, std::uint64_t c, std::uint64_t oracle_queries) {
  const ClassChains& chains = result.chains;
  if (chains.eliminated[c] >= result.members) {
    fail(c, fmt::format("eliminated {} of {} members", chains.eliminated[c], result.members));
  }
  if (!chains.truth.empty() && chains.truth[c] >= result.members) {
    fail(c, fmt::format("truth {} of {} members", chains.truth[c], result.members));
  }
  const std::uint64_t first = chains.queries_to_first[c];
  if (chains.samples[c] == 0 && first != 0) {
    fail(c, fmt::format("queries to the first sample {}, without a sample", first));
  }
  if (first > oracle_queries) {
    fail(c, fmt::format("queries to the first sample {} exceed all {}", first, oracle_queries));
  }
}

void check_sums(const ClassResult& result, const Counters& totals, std::uint64_t direct,
                std::uint64_t oracle_queries) {
  if (totals.queries != oracle_queries) {
    fail(fmt::format("the chains' queries sum to {}, the oracle counted {}", totals.queries,
                     oracle_queries));
  }
  if (add(result.queries_before, result.queries_after) != totals.queries) {
    fail(fmt::format("queries before {} + after {} are not {}", result.queries_before,
                     result.queries_after, totals.queries));
  }
  if (result.samples_certified != totals.accepted) {
    fail(fmt::format("samples certified {} are not accepted {}", result.samples_certified,
                     totals.accepted));
  }
  if (result.samples_direct != direct) {
    fail(fmt::format("samples direct {} are not direct {}", result.samples_direct, direct));
  }
}

}  // namespace

ClassChains chains_at_zero(std::uint64_t chains, bool replicates) {
  ClassChains made;
  for (const ClassCounter& counter : kClassCounters) (made.*counter.values).assign(chains, 0);
  if (replicates) made.truth.assign(chains, 0);
  return made;
}

Counters reconcile_class(const ClassResult& result, std::uint32_t horizon,
                         std::uint64_t oracle_queries, bool audit, bool budget_spent) {
  const ClassChains& chains = result.chains;
  check_sizes(chains);
  Counters totals;
  std::uint64_t direct = 0;
  for (std::uint64_t c = 0; c < chains.chains(); ++c) {
    check_paths(chains, c);
    const std::uint64_t unasked = audit ? 0 : chains.direct[c];
    check_nodes(chains, c, horizon, chains.paths[c] - unasked,
                (budget_spent ? 1 : 0) + result.paths_exhausted);
    check_members(result, c, oracle_queries);
    Counters chain;
    chain.steps =
        add(add(chains.nodes_asked[c], chains.nodes_skipped[c]), multiply(horizon, unasked));
    chain.queries = add(chains.queries_interior[c], chains.queries_leaf[c]);
    chain.samples = chains.samples[c];
    chain.proposals = chains.proposals[c];
    chain.accepted = chains.accepted[c];
    chain.rejected = chains.rejected[c];
    totals += chain;
    direct = add(direct, chains.direct[c]);
  }
  check_sums(result, totals, direct, oracle_queries);
  return totals;
}

}  // namespace wend
