// `wend sample --visits`: K by default, as asked for, measured; and what the report then claims.
#include <gtest/gtest.h>

#include <string>

#include "tests/support/command_process.hpp"

namespace wend::testing {
namespace {

class VisitsOfASample : public TreeCommandTest {};

TEST_F(VisitsOfASample, GuaranteesDeltaByDefault) {
  ASSERT_EQ(run(arguments({"--algorithm", "lifted", "--report", path("report.json")})).status, 0);
  EXPECT_EQ(report()["options"]["visits"], "proven");
  EXPECT_EQ(report()["options"]["chains"], 62);
  // From any leaf the lifted walk climbs straight up with a probability of at least 2/3:
  // K = ceil(ln(100) / ln(3)).
  EXPECT_EQ(report()["options"]["first_visits"], 5);
  EXPECT_EQ(report()["options"]["thin"], 5);
  EXPECT_EQ(report()["guarantee"]["kind"], "proven");
  EXPECT_NEAR(report()["guarantee"]["tv"], 0.01, 1e-5);
}

TEST_F(VisitsOfASample, ClaimsNothingForTooFewVisits) {
  ASSERT_EQ(run(arguments({"--visits", "4", "--report", path("report.json")})).status, 0);
  EXPECT_EQ(report()["guarantee"]["kind"], "none");
  EXPECT_TRUE(report()["guarantee"]["tv"].is_null());
  // jerrum-sinclair: T = 2 * 1.5 + 1, K = ceil(ln(100) / -ln(1 - 1/4)).
  ASSERT_EQ(
      run(arguments({"--algorithm", "jerrum-sinclair", "--report", path("report.json")})).status,
      0);
  EXPECT_EQ(report()["options"]["first_visits"], 17);
}

TEST_F(VisitsOfASample, MeasuresVisits) {
  nlohmann::json deep = nlohmann::json::parse(
      R"({"wend": 1, "kind": "tree", "alphabet": 2, "horizon": 6,
          "estimate": {"kind": "noise", "model": "iid", "kappa": 2, "seed": 1}})");
  for (int leaf = 0; leaf < 64; ++leaf) deep["leaf_mass"].push_back(1 + leaf % 5);
  const std::string tree = instance("deep.json", deep.dump());
  const auto sample = [&](const std::string& visits) {
    return run({"sample", tree, "--visits", visits, "--report", path("report.json")}).status;
  };
  ASSERT_EQ(sample("proven"), 0);
  EXPECT_TRUE(report()["pilot"].is_null());
  const int proven = report()["options"]["first_visits"];
  ASSERT_EQ(sample("measured"), 0);
  EXPECT_EQ(report()["options"]["visits"], "measured");
  EXPECT_LT(report()["options"]["first_visits"], proven);
  EXPECT_GT(report()["options"]["first_visits"], 1);
  EXPECT_GT(report()["pilot"]["relaxation_visits"], 1);
  EXPECT_GT(report()["pilot"]["queries"], 0);
  EXPECT_GT(report()["pilot"]["tours"], 0);
  EXPECT_EQ(report()["guarantee"]["kind"], "measured");
  EXPECT_NE(report()["guarantee"]["why"].get<std::string>().find("mu <= kappa_h w"),
            std::string::npos);
}

}  // namespace
}  // namespace wend::testing
