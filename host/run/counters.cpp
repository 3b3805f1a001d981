#include "wend/counters.hpp"

#include <fmt/core.h>

#include "wend/error.hpp"

namespace wend {
namespace {

// A sum that wraps around could make two wrong counters agree, so none may.
std::uint64_t add(std::uint64_t a, std::uint64_t b) {
  std::uint64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) {
    throw Error(ErrorKind::kRuntime, "counters: a sum exceeds 64 bits");
  }
  return sum;
}

[[noreturn]] void fail(std::uint64_t chain, const std::string& law) {
  throw Error(ErrorKind::kRuntime, fmt::format("counters: chain {}: {}", chain, law));
}

void check_sizes(const ChainState& state) {
  const std::uint64_t chains = state.chains();
  const auto check = [chains](const char* name, std::uint64_t size) {
    if (size != chains) {
      throw Error(ErrorKind::kRuntime,
                  fmt::format("counters: {} is not as long as the {} chains", name, chains));
    }
  };
  for_each_column([&](const char* name, const auto& column) { check(name, column.size()); },
                  kColumnNames, state);
  if (!state.dummy_moves.empty()) check("dummy_moves", state.dummy_moves.size());
  check("path",
        state.path_words == 0 ? state.path.size() + chains : state.path.size() / state.path_words);
}

// What a chain's arrays must obey before its counters can be added up at all.
void check_ranges(const ChainState& state, std::uint64_t chain, std::uint32_t alphabet) {
  if (state.expansions[chain] == 0) fail(chain, "expansions 0: the root's own is missing");
  std::uint64_t unused = 0;
  if (__builtin_add_overflow(state.expansions[chain] - 1, state.leaf_visits[chain], &unused) ||
      __builtin_add_overflow(unused, state.moves_up[chain], &unused) ||
      __builtin_mul_overflow(state.expansions[chain], std::uint64_t{alphabet}, &unused)) {
    fail(chain, "its counters exceed 64 bits");
  }
  if (state.countdown[chain] == 0) fail(chain, "countdown 0 is not >= 1");
  if (state.arrived_up[chain] > 1) {
    fail(chain, fmt::format("arrived_up {} is neither 0 nor 1", state.arrived_up[chain]));
  }
}

void check_walk(const Counters& c, std::uint64_t chain) {
  if (c.moves_up > c.moves_down || c.depth != c.moves_down - c.moves_up) {
    fail(chain, fmt::format("depth {} is not moves down {} - moves up {}", c.depth, c.moves_down,
                            c.moves_up));
  }
  if (c.samples > c.leaf_visits) {
    fail(chain, fmt::format("samples {} exceed leaf visits {}", c.samples, c.leaf_visits));
  }
}

// An accepted proposal moves down H times, a rejected one at most H - 1 times, and the one in
// progress `depth` times.
void check_sequential(const Counters& c, std::uint64_t chain,
                      std::optional<std::uint32_t> horizon) {
  if (c.samples != c.accepted) {
    fail(chain, fmt::format("samples {} are not accepted proposals {}", c.samples, c.accepted));
  }
  if (!horizon) return;
  const bool in_progress = c.depth < *horizon;
  if (!in_progress && c.accepted == 0) {
    fail(chain, fmt::format("depth {} without an accepted proposal", c.depth));
  }
  std::uint64_t least = 0;
  std::uint64_t room = 0;
  const std::uint64_t begun = in_progress ? c.depth : 0;
  const bool too_few = __builtin_mul_overflow(c.accepted, std::uint64_t{*horizon}, &least) ||
                       __builtin_add_overflow(least, begun, &least) || c.moves_down < least;
  const bool room_without_end =
      __builtin_mul_overflow(c.rejected, std::uint64_t{*horizon} - 1, &room);
  if (too_few || (!room_without_end && c.moves_down - least > room)) {
    fail(chain, fmt::format("moves down {} do not fit {} accepted and {} rejected proposals and "
                            "depth {}",
                            c.moves_down, c.accepted, c.rejected, c.depth));
  }
}

}  // namespace

Counters& Counters::operator+=(const Counters& other) {
  steps = add(steps, other.steps);
  moves_down = add(moves_down, other.moves_down);
  moves_up = add(moves_up, other.moves_up);
  leaf_visits = add(leaf_visits, other.leaf_visits);
  expansions = add(expansions, other.expansions);
  queries = add(queries, other.queries);
  samples = add(samples, other.samples);
  proposals = add(proposals, other.proposals);
  accepted = add(accepted, other.accepted);
  rejected = add(rejected, other.rejected);
  return *this;
}

Counters chain_counters(const ChainState& state, std::uint64_t chain, Algorithm algorithm,
                        std::uint32_t alphabet) {
  Counters c;
  c.steps = state.steps[chain];
  c.expansions = state.expansions[chain];
  c.leaf_visits = state.leaf_visits[chain];
  c.moves_down = c.expansions - 1 + c.leaf_visits;
  if (!state.dummy_moves.empty()) c.moves_down += state.dummy_moves[chain];
  c.moves_up = state.moves_up[chain];
  c.queries = c.expansions * alphabet;
  c.samples = state.samples[chain];
  c.depth = state.depth[chain];
  if (algorithm == Algorithm::kSequential) {
    c.accepted = c.leaf_visits;
    c.rejected = c.moves_up;
    c.proposals = c.accepted + c.rejected;
  }
  return c;
}

Counters reconcile(const ChainState& state, Algorithm algorithm, std::uint32_t alphabet,
                   std::uint64_t oracle_queries, std::optional<std::uint32_t> horizon) {
  check_sizes(state);
  Counters totals;
  for (std::uint64_t chain = 0; chain < state.chains(); ++chain) {
    check_ranges(state, chain, alphabet);
    const Counters c = chain_counters(state, chain, algorithm, alphabet);
    if (c.steps != c.moves_down + c.moves_up) {
      fail(chain,
           fmt::format("steps {} are not moves down {} + {} {}", c.steps, c.moves_down,
                       algorithm == Algorithm::kSequential ? "rejected" : "moves up", c.moves_up));
    }
    if (c.depth > c.moves_down || (horizon && c.depth > *horizon)) {
      fail(chain, fmt::format("depth {} is too deep", c.depth));
    }
    if (algorithm == Algorithm::kSequential) {
      check_sequential(c, chain, horizon);
    } else {
      check_walk(c, chain);
    }
    totals += c;
  }
  if (totals.queries != oracle_queries) {
    throw Error(ErrorKind::kRuntime,
                fmt::format("counters: the chains' queries sum to {}, the oracle counted {}",
                            totals.queries, oracle_queries));
  }
  return totals;
}

}  // namespace wend
