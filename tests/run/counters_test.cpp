#include "wend/counters.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "wend/error.hpp"

namespace wend {
namespace {

constexpr std::uint32_t kAlphabet = 3;
constexpr std::uint32_t kHorizon = 4;
constexpr std::uint64_t kChains = 5;
constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();

ChainState at_root(std::uint64_t chains) {
  ChainState state;
  state.node.assign(chains, 0);
  state.depth.assign(chains, 0);
  state.arrived_up.assign(chains, 0);
  state.countdown.assign(chains, 3);
  state.steps.assign(chains, 0);
  state.moves_up.assign(chains, 0);
  state.expansions.assign(chains, 1);
  state.leaf_visits.assign(chains, 0);
  state.samples.assign(chains, 0);
  return state;
}

// Chains that move at random and count as the kernels do, each a different number of steps.
ChainState moved(Algorithm algorithm) {
  ChainState state = at_root(kChains);
  std::mt19937 random(7);
  for (std::uint64_t chain = 0; chain < kChains; ++chain) {
    std::uint16_t& depth = state.depth[chain];
    const std::uint64_t steps = 400 + 7 * chain;
    while (state.steps[chain] < steps || depth == 0 || depth == kHorizon) {
      ++state.steps[chain];
      bool up = random() % 2 == 0;
      if (algorithm == Algorithm::kSequential) {
        if (depth == kHorizon) depth = 0;
        up = up && random() % 2 == 0;
      } else {
        up = depth == kHorizon || (up && depth > 0);
      }
      if (up) {
        ++state.moves_up[chain];
        depth = algorithm == Algorithm::kSequential ? std::uint16_t{0}
                                                    : static_cast<std::uint16_t>(depth - 1);
      } else if (++depth < kHorizon) {
        ++state.expansions[chain];
      } else {
        ++state.leaf_visits[chain];
        if (algorithm == Algorithm::kSequential || state.leaf_visits[chain] % 3 == 0)
          ++state.samples[chain];
      }
    }
  }
  return state;
}

std::uint64_t queries(const ChainState& state) {
  std::uint64_t sum = 0;
  for (const std::uint64_t expansions : state.expansions) sum += expansions * kAlphabet;
  return sum;
}

std::string broken_law(const ChainState& state, Algorithm algorithm, std::uint64_t oracle_queries,
                       std::optional<std::uint32_t> horizon) {
  try {
    reconcile(state, algorithm, kAlphabet, oracle_queries, horizon);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kRuntime);
    return error.what();
  }
  return "";
}

struct Corruption {
  const char* name;
  std::function<void(ChainState&, std::uint64_t chain)> corrupt;
};

// Changes of one array that leave no law of a walk intact.
const std::vector<Corruption> kOneArray = {
    {"depth + 1", [](ChainState& s, std::uint64_t c) { ++s.depth[c]; }},
    {"depth = 0", [](ChainState& s, std::uint64_t c) { s.depth[c] = 0; }},
    {"arrived_up = 2", [](ChainState& s, std::uint64_t c) { s.arrived_up[c] = 2; }},
    {"countdown = 0", [](ChainState& s, std::uint64_t c) { s.countdown[c] = 0; }},
    {"steps + 1", [](ChainState& s, std::uint64_t c) { ++s.steps[c]; }},
    {"steps = 0", [](ChainState& s, std::uint64_t c) { s.steps[c] = 0; }},
    {"moves_up + 1", [](ChainState& s, std::uint64_t c) { ++s.moves_up[c]; }},
    {"moves_up - 1", [](ChainState& s, std::uint64_t c) { --s.moves_up[c]; }},
    {"moves_up = max", [](ChainState& s, std::uint64_t c) { s.moves_up[c] = kMax; }},
    {"expansions + 1", [](ChainState& s, std::uint64_t c) { ++s.expansions[c]; }},
    {"expansions = 0", [](ChainState& s, std::uint64_t c) { s.expansions[c] = 0; }},
    {"expansions = max", [](ChainState& s, std::uint64_t c) { s.expansions[c] = kMax; }},
    {"leaf_visits + 1", [](ChainState& s, std::uint64_t c) { ++s.leaf_visits[c]; }},
    {"leaf_visits - 1", [](ChainState& s, std::uint64_t c) { --s.leaf_visits[c]; }},
    {"leaf_visits = max", [](ChainState& s, std::uint64_t c) { s.leaf_visits[c] = kMax; }},
    {"samples", [](ChainState& s, std::uint64_t c) { s.samples[c] = s.leaf_visits[c] + 1; }},
};

class CountersOf : public testing::TestWithParam<Algorithm> {};

TEST_P(CountersOf, AddUp) {
  const ChainState state = moved(GetParam());
  const Counters totals = reconcile(state, GetParam(), kAlphabet, queries(state), kHorizon);
  std::uint64_t steps = 0;
  for (const std::uint64_t chain_steps : state.steps) steps += chain_steps;
  EXPECT_EQ(totals.steps, steps);
  EXPECT_EQ(totals.moves_down + totals.moves_up, steps);
  EXPECT_EQ(totals.queries, kAlphabet * totals.expansions);
  const bool sequential = GetParam() == Algorithm::kSequential;
  EXPECT_GT(totals.samples, 0U);
  EXPECT_EQ(totals.accepted, sequential ? totals.samples : 0U);
  EXPECT_EQ(totals.rejected, sequential ? totals.moves_up : 0U);
  EXPECT_EQ(totals.proposals, totals.accepted + totals.rejected);
}

TEST_P(CountersOf, NameTheFirstBrokenChain) {
  const ChainState whole = moved(GetParam());
  for (const Corruption& corruption : kOneArray) {
    ChainState state = whole;
    corruption.corrupt(state, 2);
    corruption.corrupt(state, 4);
    const std::string law = broken_law(state, GetParam(), queries(state), kHorizon);
    // Of the sequential sampler, a depth alone says little: any one above the root may be right.
    const bool unseen =
        GetParam() == Algorithm::kSequential && std::string(corruption.name).starts_with("depth");
    if (unseen) continue;
    EXPECT_NE(law.find("chain 2:"), std::string::npos) << corruption.name << ": " << law;
  }
}

TEST_P(CountersOf, SeeDepthsBelowTheHorizon) {
  ChainState state = moved(GetParam());
  state.depth[3] = kHorizon + 1;
  EXPECT_NE(broken_law(state, GetParam(), queries(state), kHorizon).find("chain 3:"),
            std::string::npos);
}

TEST_P(CountersOf, AgreeWithTheOracle) {
  const ChainState state = moved(GetParam());
  EXPECT_NE(broken_law(state, GetParam(), queries(state) + 1, kHorizon).find("oracle counted"),
            std::string::npos);
  EXPECT_NE(broken_law(state, GetParam(), queries(state) - 1, kHorizon).find("oracle counted"),
            std::string::npos);
}

// Two counters wrong together keep a chain's own laws; the oracle's count still tells.
TEST_P(CountersOf, SeeErrorsThatCancel) {
  const ChainState whole = moved(GetParam());
  ChainState state = whole;
  ++state.expansions[1];
  --state.leaf_visits[1];
  if (GetParam() == Algorithm::kSequential) --state.samples[1];
  EXPECT_NE(broken_law(state, GetParam(), queries(whole), kHorizon), "");
}

TEST_P(CountersOf, SeeArraysOfDifferentLength) {
  const ChainState whole = moved(GetParam());
  const std::vector<std::function<void(ChainState&)>> cuts = {
      [](ChainState& s) { s.node.pop_back(); },
      [](ChainState& s) { s.depth.pop_back(); },
      [](ChainState& s) { s.arrived_up.pop_back(); },
      [](ChainState& s) { s.countdown.pop_back(); },
      [](ChainState& s) { s.steps.pop_back(); },
      [](ChainState& s) { s.moves_up.pop_back(); },
      [](ChainState& s) { s.expansions.pop_back(); },
      [](ChainState& s) { s.leaf_visits.pop_back(); },
      [](ChainState& s) { s.samples.pop_back(); },
      [](ChainState& s) { s.path.push_back(0); },
      [](ChainState& s) { s.path_words = 2; },
  };
  for (const auto& cut : cuts) {
    ChainState state = whole;
    cut(state);
    EXPECT_NE(broken_law(state, GetParam(), queries(whole), kHorizon), "");
  }
}

TEST_P(CountersOf, NoChainsAreZero) {
  const Counters totals = reconcile(at_root(0), GetParam(), kAlphabet, 0, kHorizon);
  EXPECT_EQ(totals.steps, 0U);
  EXPECT_EQ(totals.expansions, 0U);
  EXPECT_THROW(reconcile(at_root(0), GetParam(), kAlphabet, 1), Error);
}

TEST_P(CountersOf, ChainsAtTheRootHaveAskedOnce) {
  const Counters totals = reconcile(at_root(4), GetParam(), kAlphabet, 4 * kAlphabet, kHorizon);
  EXPECT_EQ(totals.steps, 0U);
  EXPECT_EQ(totals.expansions, 4U);
}

INSTANTIATE_TEST_SUITE_P(Algorithms, CountersOf,
                         testing::Values(Algorithm::kJerrumSinclair, Algorithm::kLifted,
                                         Algorithm::kSequential),
                         [](const auto& instance) {
                           std::string name(to_string(instance.param));
                           std::erase(name, '-');
                           return name;
                         });

TEST(Counters, SequentialMovesDownFitTheProposals) {
  // Two accepted proposals, one rejected at depth 1, one in progress at depth 2: 2*4 + 1 + 2 moves.
  ChainState state = at_root(1);
  state.depth[0] = 2;
  state.moves_up[0] = 1;
  state.leaf_visits[0] = state.samples[0] = 2;
  state.expansions[0] = 1 + 11 - 2;
  state.steps[0] = 12;
  EXPECT_EQ(broken_law(state, Algorithm::kSequential, queries(state), kHorizon), "");
  for (const std::uint64_t moves : {9U, 14U}) {  // below 2*4 + 2, above 2*4 + 2 + 3
    ChainState wrong = state;
    wrong.expansions[0] = 1 + moves - 2;
    wrong.steps[0] = moves + 1;
    EXPECT_NE(broken_law(wrong, Algorithm::kSequential, queries(wrong), kHorizon).find("chain 0:"),
              std::string::npos);
    EXPECT_EQ(broken_law(wrong, Algorithm::kSequential, queries(wrong), std::nullopt), "");
  }
  ChainState wrong = at_root(1);
  wrong.depth[0] = kHorizon;
  wrong.expansions[0] = 1 + kHorizon;
  wrong.steps[0] = kHorizon;
  EXPECT_NE(broken_law(wrong, Algorithm::kSequential, queries(wrong), kHorizon).find("chain 0:"),
            std::string::npos);
}

TEST(Counters, SumsThatDoNotFitAreErrors) {
  ChainState state = at_root(2);
  for (std::uint64_t chain = 0; chain < 2; ++chain) {
    state.steps[chain] = kMax;
    state.moves_up[chain] = kMax / 2;
    state.leaf_visits[chain] = kMax / 2 + 1;
    state.depth[chain] = 1;
  }
  EXPECT_NE(broken_law(state, Algorithm::kJerrumSinclair, queries(state), kHorizon).find("64 bits"),
            std::string::npos);
}

TEST(Algorithms, HaveTheNamesOfTheCommand) {
  EXPECT_EQ(to_string(Algorithm::kJerrumSinclair), "jerrum-sinclair");
  EXPECT_EQ(to_string(Algorithm::kLifted), "lifted");
  EXPECT_EQ(to_string(Algorithm::kSequential), "sequential");
  EXPECT_EQ(to_string(Correction::kReject), "reject");
  EXPECT_EQ(to_string(Correction::kWeight), "weight");
  EXPECT_EQ(to_string(Correction::kNone), "none");
  EXPECT_EQ(to_string(Backend::kAuto), "auto");
  EXPECT_EQ(to_string(Backend::kCpu), "cpu");
  EXPECT_EQ(to_string(Backend::kCuda), "cuda");
  EXPECT_EQ(to_string(GuaranteeKind::kProven), "proven");
  EXPECT_EQ(to_string(GuaranteeKind::kMeasured), "measured");
  EXPECT_EQ(to_string(GuaranteeKind::kNone), "none");
}

}  // namespace
}  // namespace wend
