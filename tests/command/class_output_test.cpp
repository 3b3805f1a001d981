// What class-elimination's options, output files and report say, from a result made by hand.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "host/elimination/counters.hpp"
#include "host/report/report.hpp"
#include "host/report/sample_spool.hpp"
#include "host/run/settings.hpp"
#include "tests/support/npz_reader.hpp"
#include "tests/support/temporary_folder.hpp"

namespace wend {
namespace {

using testing::error_of;
using testing::file_bytes;
using testing::read_npz;
using testing::TemporaryFolder;
using Json = nlohmann::ordered_json;
using Numbers = std::vector<std::uint64_t>;

constexpr SampleTable kTable{
    .samples = 6, .chains = 3, .horizon = 2, .alphabet = 3, .with_weight = false};

// Three chains; the last one was stopped after one of its two samples.
SampleResult some_result() {
  SampleResult result;
  result.algorithm = Algorithm::kClassElimination;
  result.chains = 3;
  result.requested = 6;
  result.drawn = 5;
  result.partial = true;
  result.budget_spent = true;
  result.kappa = 2;
  ClassResult found;
  found.members = 8;
  found.paths_to_certify = 1234;
  found.bound = 8;
  found.chains.paths = {5, 4, 7};
  found.chains.scouted = {3, 1, 4};
  found.chains.proposals = {1, 2, 3};
  found.chains.accepted = {1, 1, 1};
  found.chains.rejected = {0, 1, 2};
  found.chains.direct = {1, 1, 0};
  found.chains.queries_interior = {6, 5, 9};
  found.chains.queries_leaf = {4, 3, 7};
  found.chains.nodes_asked = {5, 4, 10};
  found.chains.nodes_skipped = {3, 2, 4};
  found.chains.samples = {2, 2, 1};
  found.chains.queries_to_first = {9, 4, 14};
  found.chains.phases = {2, 3, 1};
  found.chains.eliminated = {7, 7, 1};
  found.phases = {{3, 8, 12, 30, 1}, {2, 2.5, 2, 4, 1}};
  found.queries_before = 24;
  found.queries_after = 10;
  found.samples_certified = 3;
  found.samples_direct = 2;
  found.proven_queries = 1e6;
  result.elimination = found;
  result.totals = reconcile_class(found, kTable.horizon, 34, false, false);
  return result;
}

// Draws whose symbols and masses are their row's.
void put_all(SampleSpool& spool, const SampleResult& result) {
  for (std::uint64_t chain = 0; chain < kTable.chains; ++chain) {
    for (std::uint64_t i = 0; i < result.elimination->chains.samples[chain]; ++i) {
      const std::uint64_t row = 2 * chain + i;
      const std::vector<std::uint32_t> symbols{static_cast<std::uint32_t>(row / 3),
                                               static_cast<std::uint32_t>(row % 3)};
      const double log_mass = -static_cast<double>(row);
      spool.put({row, chain, 1, symbols.data(), &log_mass, nullptr});
    }
  }
}

std::string written(const TemporaryFolder& folder, const std::string& name,
                    const SampleResult& result) {
  SampleSpool spool(folder / name, kTable);
  put_all(spool, result);
  spool.finish(result);
  return file_bytes(folder / name);
}

TEST(ClassOutput, ArraysHoldEveryCounterOfEveryChain) {
  const TemporaryFolder folder;
  SampleResult result = some_result();
  const auto arrays = read_npz(written(folder, "a.npz", result));
  const auto values = [&](const std::string& name) {
    return arrays.at("counters_" + name + ".npy").values<std::uint64_t>();
  };
  EXPECT_EQ(arrays.at("samples.npy").values<std::uint8_t>(),
            (std::vector<std::uint8_t>{0, 0, 0, 1, 0, 2, 1, 0, 1, 1}));
  EXPECT_EQ(arrays.at("chain.npy").values<std::uint32_t>(),
            (std::vector<std::uint32_t>{0, 0, 1, 1, 2}));
  EXPECT_EQ(arrays.at("log_mass.npy").values<double>(), (std::vector<double>{0, -1, -2, -3, -4}));
  EXPECT_EQ(values("paths"), (Numbers{5, 4, 7}));
  EXPECT_EQ(values("scouted"), (Numbers{3, 1, 4}));
  EXPECT_EQ(values("proposals"), (Numbers{1, 2, 3}));
  EXPECT_EQ(values("accepted"), (Numbers{1, 1, 1}));
  EXPECT_EQ(values("rejected"), (Numbers{0, 1, 2}));
  EXPECT_EQ(values("direct"), (Numbers{1, 1, 0}));
  EXPECT_EQ(values("queries_interior"), (Numbers{6, 5, 9}));
  EXPECT_EQ(values("queries_leaf"), (Numbers{4, 3, 7}));
  EXPECT_EQ(values("nodes_asked"), (Numbers{5, 4, 10}));
  EXPECT_EQ(values("nodes_skipped"), (Numbers{3, 2, 4}));
  EXPECT_EQ(values("samples"), (Numbers{2, 2, 1}));
  EXPECT_EQ(values("queries_to_first"), (Numbers{9, 4, 14}));
  EXPECT_EQ(values("phases"), (Numbers{2, 3, 1}));
  EXPECT_EQ(values("eliminated"), (Numbers{7, 7, 1}));
  EXPECT_EQ(arrays.size(), 3U + 14U);

  result.elimination->chains.truth = {4, 0, 7};
  const auto with_truth = read_npz(written(folder, "b.npz", result));
  EXPECT_EQ(with_truth.size(), 3U + 15U);
  EXPECT_EQ(with_truth.at("counters_truth.npy").values<std::uint64_t>(), (Numbers{4, 0, 7}));
}

TEST(ClassOutput, LinesHoldTheDraws) {
  const TemporaryFolder folder;
  EXPECT_EQ(written(folder, "a.csv", some_result()),
            "chain,log_mass,s0,s1\n0,-0,0,0\n0,-1,0,1\n1,-2,0,2\n1,-3,1,0\n2,-4,1,1\n");
}

SampleOptions class_options(VersionSpace space) {
  SampleOptions options;
  options.algorithm = Algorithm::kClassElimination;
  options.version_space = space;
  return options;
}

InstanceFacts class_facts() {
  InstanceFacts facts;
  facts.kind = "class";
  facts.alphabet = kTable.alphabet;
  facts.horizon = kTable.horizon;
  facts.kappa = 2;
  return facts;
}

TEST(ClassReport, StatesWhatWasEliminatedAndAsked) {
  SampleOptions options = class_options(VersionSpace::kIndependent);
  options.replicates = true;
  options.max_queries = 34;
  const Json report = sample_report(class_facts(), options, some_result(), {});
  EXPECT_EQ(report["options"]["algorithm"], "class-elimination");
  EXPECT_EQ(report["options"]["version_space"], "independent");
  EXPECT_EQ(report["options"]["replicates"], true);
  EXPECT_EQ(report["options"]["audit"], false);
  EXPECT_EQ(report["options"]["max_queries"], 34);
  for (const char* name : {"correct", "visits", "first_visits", "thin"}) {
    EXPECT_TRUE(report["options"][name].is_null()) << name;
  }
  EXPECT_EQ(report["partial"], true);
  EXPECT_EQ(report["budget_spent"], true);
  EXPECT_EQ(report["counters"], (Json{{"paths", 16},
                                      {"scouted", 8},
                                      {"proposals", 6},
                                      {"accepted", 3},
                                      {"rejected", 3},
                                      {"direct", 2},
                                      {"queries_interior", 20},
                                      {"queries_leaf", 14},
                                      {"nodes_asked", 19},
                                      {"nodes_skipped", 9},
                                      {"samples", 5},
                                      {"queries", 34}}));
  EXPECT_EQ(
      report["class"],
      (Json{{"members", 8},
            {"paths_to_certify", 1234},
            {"bound", 8.0},
            {"eliminated", 5.0},
            {"survivor", nullptr},
            {"phases",
             {{{"chains", 3}, {"members", 8.0}, {"paths", 12}, {"queries", 30}, {"certified", 1}},
              {{"chains", 2}, {"members", 2.5}, {"paths", 2}, {"queries", 4}, {"certified", 1}}}},
            {"queries_before_certification", 24},
            {"queries_after_certification", 10},
            {"queries_per_sample_before", 4.8},
            {"queries_per_sample_after", 2.0},
            {"queries_to_first", {{"mean", 9.0}, {"largest", 14}}},
            {"proven_queries", 1e6},
            {"samples_certified", 3},
            {"samples_direct", 2}}));
}

TEST(ClassReport, OneVersionSpaceHasOneNumberEliminated) {
  SampleResult result = some_result();
  result.elimination->chains.eliminated = {7, 7, 7};
  result.elimination->survivor = 5;
  const Json report =
      sample_report(class_facts(), class_options(VersionSpace::kShared), result, {});
  EXPECT_TRUE(report["class"]["eliminated"].is_number_integer());
  EXPECT_EQ(report["class"]["eliminated"], 7);
  EXPECT_EQ(report["class"]["survivor"], 5);
  EXPECT_EQ(report["options"]["version_space"], "shared");
  EXPECT_TRUE(report["options"]["max_queries"].is_null());
}

TEST(ClassReport, WithoutASampleNothingIsDividedByZero) {
  SampleResult result = some_result();
  result.drawn = 0;
  result.elimination->chains.samples = {0, 0, 0};
  const Json report =
      sample_report(class_facts(), class_options(VersionSpace::kShared), result, {});
  EXPECT_TRUE(report["class"]["queries_per_sample_before"].is_null());
  EXPECT_TRUE(report["class"]["queries_per_sample_after"].is_null());
  EXPECT_EQ(report["class"]["queries_to_first"], (Json{{"mean", nullptr}, {"largest", nullptr}}));
}

TEST(ClassSettings, TakesTheInstancesKappaAndTheUsualChains) {
  SampleOptions options = class_options(VersionSpace::kShared);
  for (const auto& [samples, chains] :
       {std::pair{1U, 1U}, std::pair{160U, 10U}, std::pair{1U << 21U, 65536U}}) {
    options.samples = samples;
    EXPECT_EQ(resolve_settings(class_facts(), options).chains, chains);
  }
  EXPECT_EQ(resolve_settings(class_facts(), options).kappa, 2.0);
  options.kappa = 3;
  EXPECT_EQ(resolve_settings(class_facts(), options).kappa, 3.0);
}

TEST(ClassSettings, RefusesOptionsThatDoNotFit) {
  const auto refusal = [](const InstanceFacts& facts, auto&& change) {
    SampleOptions options = class_options(VersionSpace::kShared);
    change(options);
    return error_of(ErrorKind::kUsage, [&] { resolve_settings(facts, options); });
  };
  const InstanceFacts facts = class_facts();
  EXPECT_EQ(refusal(facts, [](SampleOptions& o) { o.visits = Visits::kMeasured; }),
            "visits: class-elimination has no leaf visits to count");
  EXPECT_EQ(refusal(facts, [](SampleOptions& o) { o.thin = 2; }),
            "thin: class-elimination has no leaf visits to count");
  EXPECT_EQ(refusal(facts, [](SampleOptions& o) { o.correction = Correction::kNone; }),
            "correction: only the sequential sampler has a correction");
  EXPECT_EQ(refusal(facts, [](SampleOptions& o) { o.replicates = true; }),
            "replicates: needs `version_space = independent`");
  EXPECT_EQ(refusal(facts, [](SampleOptions& o) { o.max_queries = 0; }),
            "max_queries: must be at least 1");
  InstanceFacts other = facts;
  other.kind = "tree";
  EXPECT_EQ(refusal(other, [](SampleOptions&) {}),
            "algorithm = class-elimination: needs an instance of kind \"class\", not \"tree\"");
  other = facts;
  other.kappa.reset();
  other.kappa_why = "nobody said";
  EXPECT_EQ(refusal(other, [](SampleOptions&) {}),
            "algorithm = class-elimination: kappa is unknown (nobody said); give `kappa`");
}

TEST(ClassSettings, OtherAlgorithmsDoNotTakeItsOptions) {
  const auto refusal = [](Algorithm algorithm, auto&& change) {
    SampleOptions options;
    options.algorithm = algorithm;
    change(options);
    return error_of(ErrorKind::kUsage, [&] { resolve_settings(class_facts(), options); });
  };
  for (const Algorithm algorithm :
       {Algorithm::kJerrumSinclair, Algorithm::kLifted, Algorithm::kSequential}) {
    EXPECT_EQ(
        refusal(algorithm, [](SampleOptions& o) { o.version_space = VersionSpace::kIndependent; }),
        "version_space: only goes with `algorithm = class-elimination`");
    EXPECT_EQ(refusal(algorithm, [](SampleOptions& o) { o.replicates = true; }),
              "replicates: only goes with `algorithm = class-elimination`");
    EXPECT_EQ(refusal(algorithm, [](SampleOptions& o) { o.audit = true; }),
              "audit: only goes with `algorithm = class-elimination`");
  }
}

}  // namespace
}  // namespace wend
