// What training takes: the estimate that is cheapest for a run, and no more scouts than tell more.
#include "host/run/trainer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "host/instances/graph/instance.hpp"
#include "host/instances/instance.hpp"
#include "host/run/settings.hpp"
#include "host/run/training_note.hpp"
#include "wend/sample.hpp"

namespace wend::test {
namespace {

Adaptation trained(const Instance& instance, std::uint64_t samples, std::uint64_t scouts) {
  SampleOptions options;
  options.algorithm = Algorithm::kLifted;
  options.adapt = Adapt::kAuto;
  options.samples = samples;
  options.scouts = scouts;
  options.seed = 1;
  options.threads = 1;
  const std::atomic<bool> stop = false;
  return train(instance, options, resolve_settings(facts(instance), options), stop).found;
}

double cost_of(const Adaptation& found, const std::string& name) {
  const auto family = std::ranges::find(found.families, name, &AdaptedFamily::name);
  return family == found.families.end() ? NAN : family->cost;
}

// K is 1, by proof, untrained; trained it has to be shown, which costs more than is saved. A visit
// takes 750 expansions, so that the many short walks of a stage come to few leaves, and to none in
// some.
TEST(Trainer, MeasuresTheUntrainedEstimateBeforeItTakesAnother) {
  const auto instance = load_instance(std::string(WEND_SOURCE_DIR) + "/examples/dyck.json");
  for (const std::uint64_t scouts : {10'000U, 30'000U}) {
    const Adaptation found = trained(*instance, 20'000, scouts);
    EXPECT_EQ(found.family, "untrained") << scouts;
    // 3,170 a draw by `wend sample examples/dyck.json --algorithm lifted --samples 20000`.
    EXPECT_GT(cost_of(found, "untrained"), 3170 / 2.5) << scouts;
    EXPECT_LT(cost_of(found, "untrained"), 3170 * 2.5) << scouts;
    EXPECT_LE(found.evaluations, scouts + 64);
  }
}

// It is told before anything is drawn, so that who hears of it may stop.
TEST(Trainer, NotesAFamilyThatIsMuchDearerThanNone) {
  const auto instance = load_instance(std::string(WEND_SOURCE_DIR) + "/examples/dyck.json");
  SampleOptions options;
  options.adapt = Adapt::kDepth;
  options.samples = 20;
  options.seed = 1;
  options.threads = 1;
  options.backend = Backend::kCpu;
  std::atomic<bool> stop = false;
  std::string note;
  const SampleResult result =
      sample(*instance, options, nullptr, stop, {}, {}, [&](const Adaptation& found) {
        note = found.note;
        stop = true;
      });
  EXPECT_EQ(result.drawn, 0U);
  EXPECT_EQ(note, result.adaptation->note);
  EXPECT_TRUE(note.starts_with("`adapt = depth` takes ")) << note;
  EXPECT_TRUE(note.ends_with("; `adapt = auto` takes whichever is cheapest")) << note;
}

TEST(Trainer, HasNothingToNoteOfAFamilyThatIsNotMuchDearer) {
  InstanceFacts tables;
  tables.alphabet = 3;
  Family untrained{Family::Kind::kUntrained, false, ""};
  Family family{Family::Kind::kDepth, false, ""};
  const auto note = [&](Adapt asked, const Family& taken, bool unpaid = false) {
    return training_note(asked, taken, untrained, unpaid, tables);
  };
  family.cost = 160;
  EXPECT_EQ(note(Adapt::kDepth, family), "");  // the untrained one was not measured
  untrained.cost = 10;
  EXPECT_EQ(note(Adapt::kDepth, family), "");
  untrained.cost = 9;
  EXPECT_EQ(note(Adapt::kAuto, family), "");
  EXPECT_EQ(note(Adapt::kDepth, family),
            "`adapt = depth` takes 480 queries an effective sample, as scouts measured it, where "
            "the untrained estimate takes 27.00; `adapt = auto` takes whichever is cheapest");
  // The untrained one: nothing was tried, or it is what the queries pay for.
  EXPECT_EQ(note(Adapt::kDepth, untrained), "");
  EXPECT_TRUE(note(Adapt::kDepth, untrained, true).starts_with("`max_queries` is expected to pay"));
  EXPECT_EQ(note(Adapt::kAuto, untrained, true), "");
}

TEST(Trainer, EndsWhereNothingNewIsLeft) {
  InstanceDocument document;
  document.json = R"({"wend": 1, "kind": "tree", "alphabet": 2, "horizon": 2,
                      "leaf_mass": [1, 2, 3, 4],
                      "estimate": {"kind": "noise", "model": "sign", "kappa": 2, "seed": 1}})";
  const Adaptation found = trained(*make_instance(document), 1'000'000, std::uint64_t{1} << 40U);
  EXPECT_EQ(found.evaluations, 3U);
  EXPECT_LE(found.stages, 2U);
  EXPECT_LT(found.queries, 100'000U);
}

// What scouts measured by the last symbol must not be drawn by something else.
TEST(Trainer, HasNoTablesOfBucketsThatAGraphDoesNotName) {
  InstanceDocument document;
  const std::vector<double> weights = {1, 3, 2, 4, 1, 1, 2, 2, 5};
  document.json =
      R"({"wend": 1, "kind": "ngram", "order": 2, "horizon": 4, "transition": {"array": "t"},
                      "estimate": {"kind": "noise", "model": "sign", "kappa": 2, "seed": 1}})";
  document.arrays["t"] = {InstanceArray::Type::kF8, {3, 3}, weights.data()};
  const auto instance = make_instance(document);
  StateGraph graph = *instance->state_graph();
  const auto of_buckets = [](std::uint32_t buckets) {
    return NodeValue{4, buckets, std::vector<double>(std::size_t{4} * buckets, 0.5), std::nullopt};
  };
  ASSERT_GT(graph.buckets, 1U);
  EXPECT_NE(GraphInstance(facts(*instance), graph).with_value(of_buckets(graph.buckets)), nullptr);
  graph.bucket.clear();
  graph.buckets = 0;
  const GraphInstance nameless(facts(*instance), graph);
  EXPECT_EQ(nameless.with_value(of_buckets(3)), nullptr);
  EXPECT_NE(nameless.with_value(NodeValue::tilted(4, 0.1)), nullptr);
}

}  // namespace
}  // namespace wend::test
