// What WEND_COMMAND says of training.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/command_process.hpp"

namespace wend::testing {
namespace {

class AdaptCommand : public CommandTest {
 protected:
  [[nodiscard]] static std::vector<std::string> letters(const std::vector<std::string>& more) {
    std::vector<std::string> all{"sample", std::string(WEND_SOURCE_DIR) + "/examples/letters.json",
                                 "--seed", "1"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
};

constexpr const char* kNote =
    "--max-queries is expected to pay for fewer draws by --adapt features than by the untrained "
    "estimate, which is kept";

TEST_F(AdaptCommand, NotesWhatSpeaksAgainstAFamilyThatIsNamed) {
  const std::vector<std::string> named = {"--adapt",  "features",         "--max-queries",
                                          "600000",   "--samples",        "100",
                                          "--report", path("report.json")};
  const Finished finished = run(letters(named));
  EXPECT_EQ(finished.status, 5);
  EXPECT_EQ(finished.err, std::string("wend: note: ") + kNote + "\n");
  EXPECT_NE(finished.out.find(std::string("\nnote        ") + kNote + "\n"), std::string::npos)
      << finished.out;
  EXPECT_EQ(report()["adaptation"]["note"], kNote);
  EXPECT_EQ(report()["adaptation"]["family"], "untrained");

  std::vector<std::string> quiet = named;
  quiet.push_back("--quiet");
  const Finished silent = run(letters(quiet));
  EXPECT_EQ(silent.err + silent.out, "");

  std::vector<std::string> chosen = named;
  chosen[1] = "auto";
  EXPECT_EQ(run(letters(chosen)).err, "");
  EXPECT_TRUE(report()["adaptation"]["note"].is_null());
}

TEST_F(AdaptCommand, SaysHowManyVisitsACostRestsOn) {
  const Finished finished = run(
      letters({"--adapt", "auto", "--max-queries", "6000000", "--report", path("report.json")}));
  const nlohmann::json found = report();
  std::size_t measured = 0;
  for (const nlohmann::json& family : found["adaptation"]["families"]) {
    if (family["queries_per_effective_sample"].is_null()) continue;
    ++measured;
    const auto visits = family["visits"].get<std::uint64_t>();
    EXPECT_GT(visits, 0U) << family;
    const std::string text = " by " + std::to_string(visits) + " visit";
    const std::string seen = " by the tours seen, " + std::to_string(visits) + " visit";
    EXPECT_NE(finished.out.find(family["at_least"] ? seen : text), std::string::npos)
        << family << finished.out;
  }
  EXPECT_GE(measured, 2U);
}

}  // namespace
}  // namespace wend::testing
