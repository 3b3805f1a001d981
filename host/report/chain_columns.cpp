#include "host/report/chain_columns.hpp"

#include <array>

#include "host/elimination/counters.hpp"
#include "wend/counters.hpp"

namespace wend {
namespace {

struct WalkCounter {
  const char* name;
  std::uint64_t Counters::*member;
};
constexpr std::array kWalkCounters = {WalkCounter{"steps", &Counters::steps},
                                      WalkCounter{"moves_down", &Counters::moves_down},
                                      WalkCounter{"moves_up", &Counters::moves_up},
                                      WalkCounter{"leaf_visits", &Counters::leaf_visits},
                                      WalkCounter{"expansions", &Counters::expansions},
                                      WalkCounter{"queries", &Counters::queries},
                                      WalkCounter{"samples", &Counters::samples},
                                      WalkCounter{"proposals", &Counters::proposals},
                                      WalkCounter{"accepted", &Counters::accepted},
                                      WalkCounter{"rejected", &Counters::rejected},
                                      WalkCounter{"depth", &Counters::depth}};

// Not by a walk that came after elimination, whose chains the state is.
bool drawn_from_class(const SampleResult& result) { return result.elimination && !result.visits; }

}  // namespace

std::vector<ChainColumn> chain_columns(const SampleResult& result, std::uint32_t alphabet) {
  std::vector<ChainColumn> columns;
  if (drawn_from_class(result)) {
    const auto add = [&](const char* name, const std::vector<std::uint64_t>& values) {
      columns.push_back({name, [&values](std::uint64_t chain) { return values[chain]; }});
    };
    const ClassChains& chains = result.elimination->chains;
    for (const ClassCounter& counter : kClassCounters) add(counter.name, chains.*counter.values);
    if (!chains.truth.empty()) add("truth", chains.truth);
    return columns;
  }
  for (const WalkCounter& counter : kWalkCounters) {
    columns.push_back({counter.name, [&state = result.state, member = counter.member,
                                      algorithm = result.algorithm, alphabet](std::uint64_t chain) {
                         return chain_counters(state, chain, algorithm, alphabet).*member;
                       }});
  }
  return columns;
}

const std::vector<std::uint64_t>& chain_samples(const SampleResult& result) {
  return drawn_from_class(result) ? result.elimination->chains.samples : result.state.samples;
}

}  // namespace wend
