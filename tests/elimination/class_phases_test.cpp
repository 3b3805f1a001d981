// The phases of an experiment, by an engine that follows a script: how many paths each takes until
// it is certified, what the engine is told of survivors, and where a phase ends.
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <set>
#include <utility>
#include <vector>

#include "host/elimination/counters.hpp"
#include "host/elimination/experiment.hpp"
#include "tests/support/class_targets.hpp"

namespace wend::test {
namespace {

/// What the engine was asked for in one round.
struct RoundSeen {
  std::uint64_t members;
  std::uint64_t paths;
  bool certified;
  bool operator==(const RoundSeen&) const = default;
  friend void PrintTo(const RoundSeen& round, std::ostream* out) {
    *out << round.members << " members, " << round.paths << " paths"
         << (round.certified ? ", certified" : "");
  }
};

/// Draws nothing: eliminates as many members in each round as the script says, the lowest first,
/// and where it says none accepts the round's first `most_accepted` proposals.
class ScriptedEngine : public ClassEngine {
 public:
  /// Members to eliminate, given the rounds so far.
  using Script = std::function<std::uint64_t(const std::vector<RoundSeen>& rounds)>;
  ScriptedEngine(std::uint64_t members, Script script, std::uint64_t most_accepted)
      : members_(members), script_(std::move(script)), most_accepted_(most_accepted) {}

  void set_version_space(std::span<const std::uint32_t> members) override {
    members_ = members.size();
    spaces.emplace_back(members.begin(), members.end());
  }
  void run(const kernels::ClassRound& round, std::span<const kernels::ClassPath> paths,
           std::span<kernels::PathOutcome> outcomes, std::span<std::uint32_t> /*symbols*/,
           std::span<std::uint64_t> survivors) override {
    rounds.push_back({members_, paths.size(), round.certified});
    for (const kernels::ClassPath& path : paths) drawn.emplace(path.chain, path.number);
    alive.emplace_back(round.alive, round.alive + survivors.size());
    const std::uint64_t gone = script_(rounds);
    std::uint64_t left = gone;
    for (std::uint64_t i = 0; i < members_ && left > 0; ++i) {
      const std::uint64_t bit = std::uint64_t{1} << (i % 64);
      if ((survivors[i / 64] & bit) == 0) continue;
      survivors[i / 64] &= ~bit;
      --left;
    }
    for (std::size_t path = 0; path < outcomes.size(); ++path) {
      kernels::PathOutcome& outcome = outcomes[path];
      const bool accepted = gone == 0 && path < most_accepted_;
      outcome = {};
      outcome.status = !round.certified ? kernels::PathStatus::kScouted
                       : accepted       ? kernels::PathStatus::kAccepted
                                        : kernels::PathStatus::kRejected;
      outcome.nodes_asked = 1;
      outcome.leaf_queries = 1;
      outcome.oracle_queries = 1;
    }
  }
  [[nodiscard]] std::size_t parallel_paths() const override { return 1; }
  [[nodiscard]] Device device() const override { return {}; }

  std::vector<RoundSeen> rounds;
  std::vector<std::vector<std::uint64_t>> alive;  ///< of each round
  std::vector<std::vector<std::uint32_t>> spaces;
  std::set<std::pair<std::uint64_t, std::uint64_t>> drawn;  ///< chain and number of each path

 private:
  std::uint64_t members_;
  Script script_;
  std::uint64_t most_accepted_;
};

struct Experiment {
  Experiment(std::uint32_t members, std::uint64_t paths_to_certify, ScriptedEngine::Script script,
             std::uint64_t most_accepted = 100)
      : target(class_target(small_members("markov", members), 0, 1.2)),
        engine(members, std::move(script), most_accepted) {
    settings.chains = 3;
    settings.all_chains = 3;
    settings.samples = 6;
    settings.kappa = 1.2;
    settings.paths_to_certify = paths_to_certify;
    ClassExperiment experiment(target, own_oracle(target), engine, settings, chains,
                               [](std::uint64_t, std::uint64_t, const std::uint32_t*) {});
    const std::atomic<bool> stop{false};
    experiment.run(stop);
    phases = experiment.phases();
    queries_before = experiment.queries_before();
    queries_after = experiment.queries_after();
  }
  ClassTarget target;
  ScriptedEngine engine;
  ExperimentSettings settings;
  ClassChains chains = chains_at_zero(3);
  std::vector<ClassPhase> phases;
  std::uint64_t queries_before = 0;
  std::uint64_t queries_after = 0;
};

TEST(ClassPhases, EachIsCertifiedByItsOwnPathsAlone) {
  // N is 20. The first phase ends in its round of 8, before it is certified; the second when it
  // has just been; the third lasts.
  const Experiment ran(64, 20, [](const std::vector<RoundSeen>& rounds) -> std::uint64_t {
    if (rounds.size() == 4) return 32;
    if (rounds.back().certified && rounds.back().members == 32) return 16;
    return 0;
  });
  const std::vector<RoundSeen> expected = {
      {64, 1, false}, {64, 2, false}, {64, 4, false}, {64, 8, false},                  //
      {32, 1, false}, {32, 2, false}, {32, 4, false}, {32, 8, false}, {32, 5, false},  //
      {32, 6, true},                                                                   //
      {16, 1, false}, {16, 2, false}, {16, 4, false}, {16, 8, false}, {16, 5, false},  //
      {16, 6, true}};
  EXPECT_EQ(ran.engine.rounds, expected);
  ASSERT_EQ(ran.phases.size(), 3U);
  EXPECT_EQ(ran.phases[0].certified, 0U);
  EXPECT_EQ(ran.phases[1].certified, 1U);
  EXPECT_EQ(ran.phases[2].certified, 1U);
  EXPECT_EQ(ran.phases[0].paths, 15U);
  EXPECT_EQ(ran.phases[1].paths, 26U);
  EXPECT_EQ(ran.phases[2].paths, 26U);
  EXPECT_EQ(ran.phases[1].members, 32.0);
  // What certified paths ask is not what certification took.
  EXPECT_EQ(ran.queries_before, 15U + 20 + 20);
  EXPECT_EQ(ran.queries_after, 6U + 6);
}

TEST(ClassPhases, SurvivorsOfEveryRoundAreThoseOfTheNext) {
  // One member goes in each of the rounds of 1, 2, .. 512, and the rest of N = 2000.
  const Experiment ran(200, 2000, [](const std::vector<RoundSeen>& rounds) -> std::uint64_t {
    return rounds.back().certified ? 0 : 1;
  });
  ASSERT_EQ(ran.engine.rounds.size(), 12U);
  EXPECT_EQ(ran.engine.rounds[9].paths, 512U);
  EXPECT_EQ(ran.engine.rounds[10].paths, 977U);
  for (std::uint64_t round = 0; round < 12; ++round) {
    const auto& alive = ran.engine.alive[round];
    EXPECT_EQ(alive[0], ~std::uint64_t{0} << round) << "round " << round;
    EXPECT_EQ(alive[3], 0xFFU);
  }
}

TEST(ClassPhases, EndAtHalfOfTheVersionSpace) {
  // Of 64 members the 31st elimination is one too few, the 32nd enough.
  const Experiment ran(64, 2000, [](const std::vector<RoundSeen>& rounds) -> std::uint64_t {
    if (rounds.size() == 1) return 31;
    return rounds.size() == 2 ? 1 : 0;
  });
  ASSERT_EQ(ran.engine.spaces.size(), 1U);
  std::vector<std::uint32_t> upper(32);
  for (std::uint32_t i = 0; i < 32; ++i) upper[i] = 32 + i;
  EXPECT_EQ(ran.engine.spaces[0], upper);
  EXPECT_EQ(ran.engine.rounds[1].members, 64U);
  EXPECT_EQ(ran.engine.rounds[2].members, 32U);
}

TEST(ClassPhases, NoPathIsDrawnTwice) {
  std::vector<std::uint64_t> expected = {9, 9, 9};
  const Experiment ran(64, 21, [](const std::vector<RoundSeen>&) -> std::uint64_t { return 0; });
  EXPECT_EQ(ran.chains.paths, expected);  // 21 scouted and 6 proposed, by turns
  EXPECT_EQ(ran.engine.drawn.size(), 27U);
  EXPECT_EQ(ran.chains.scouted, (std::vector<std::uint64_t>{7, 7, 7}));
  EXPECT_EQ(ran.chains.samples, (std::vector<std::uint64_t>{2, 2, 2}));
}

TEST(ClassPhases, QueriesToTheFirstSampleEndThere) {
  // Twenty paths certify; of six proposals three are accepted, one of each chain, then the rest.
  const Experiment ran(
      64, 20, [](const std::vector<RoundSeen>&) -> std::uint64_t { return 0; }, 3);
  ASSERT_EQ(ran.engine.rounds.size(), 7U);
  EXPECT_EQ(ran.chains.queries_to_first, (std::vector<std::uint64_t>{26, 26, 26}));
  EXPECT_EQ(ran.chains.rejected, (std::vector<std::uint64_t>{1, 1, 1}));
  EXPECT_EQ(ran.chains.samples, (std::vector<std::uint64_t>{2, 2, 2}));
}

}  // namespace
}  // namespace wend::test
