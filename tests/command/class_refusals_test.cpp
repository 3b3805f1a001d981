// What instances of kind "class" refuse, file, key and reason.
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "host/instances/class/families.hpp"
#include "host/instances/class/instance.hpp"
#include "tests/support/class_keys.hpp"
#include "tests/support/temporary_folder.hpp"
#include "wend/instance.hpp"

namespace wend {
namespace {

using testing::kExact;
using testing::kMarkov;
using testing::kNoise;
using testing::kTree;
using testing::TemporaryFolder;

class ClassRefusalsTest : public ::testing::Test {
 protected:
  // `keys` as they stand in the file after "wend" and "kind"; `expected` is how the message starts
  // after the file's name.
  void expect(const std::string& keys, const std::string& expected) const {
    const auto file = folder_.add("c.json", R"({"wend": 1, "kind": "class", )" + keys + "}");
    const std::string message =
        testing::error_of(ErrorKind::kInput, [&] { (void)load_instance(file); });
    EXPECT_TRUE(message.starts_with(file.string() + ": " + expected)) << keys << "\n" << message;
  }

  TemporaryFolder folder_;
};

TEST_F(ClassRefusalsTest, RefusesWhatDoesNotFit) {
  const std::string truth = R"(, "truth": 2)";
  const auto family = [&](const std::string& keys) {
    return R"("horizon": 4, "family": {)" + keys + "}" + truth + kExact;
  };
  expect(kMarkov + kExact, "truth: give either truth or oracle");
  expect(kMarkov + truth + R"(, "oracle": "o.json")", "truth: give either truth or oracle");
  expect(truth.substr(2) + kExact, "family: give either family or members");
  expect(kMarkov + truth + R"(, "members": [])" + kExact, "family: give either family or members");
  expect(kMarkov + truth + R"(, "bias": 1)" + kExact, "bias: unknown key");
  expect(kMarkov + truth, "estimate: missing");
  expect(kMarkov + R"(, "truth": 9)" + kExact, "truth: must be an integer from 0 to 8, not 9");
  expect(kMarkov + truth + R"(, "estimate": {"kind": "rounded", "kappa": 2})", "estimate.kind: ");
  expect(kMarkov + truth + R"(, "kappa": 1.4)" + kNoise,
         "kappa: is 1.4, but the oracle's own is 1.5");
  expect(kMarkov + truth + R"(, "kappa": 1e7)" + kNoise, "kappa: must be a number from 1 to");
  expect(kMarkov + truth +
             R"(, "estimate": {"kind": "noise", "model": "iid", "kappa": 1e9, "seed": 4})",
         "kappa: the oracle's accuracy must be from 1 to 1e+06");
  expect(R"("family": {"kind": "markov", "count": 9, "seed": 3})" + truth + kExact,
         "horizon: missing");

  expect(family(R"("kind": "cauchy")"), "family.kind: \"cauchy\" is not one of");
  expect(family(R"("kind": "\u001b[2J\u009b")"), R"(family.kind: "\x1b[2J\xc2\x9b" is not one of)");
  expect(family(R"("kind": "markov", "count": 0, "seed": 1)"), "family.count: ");
  expect(family(R"("kind": "markov", "count": 3)"), "family.seed: missing");
  expect(family(R"("kind": "markov", "count": 3, "seed": 1, "gamma": 0.5)"),
         "family.gamma: unknown key");
  expect(family(R"("kind": "product", "count": 3, "seed": 1, "gamma": 1)"),
         "family.gamma: must be between 0 and 1");
  expect(family(R"("kind": "product", "count": 3, "seed": 1, "gamma": 0.5, "alphabet": 1)"),
         "family.alphabet: ");
  expect(family(R"("kind": "needle", "count": 3, "seed": 1, "mass": 1)"),
         "family.mass: must be between 0 and 1");
  expect(family(R"("kind": "needle", "count": 3, "seed": 1, "depth": 5)"),
         "family.depth: 5 is beyond the horizon");
  expect(family(R"("kind": "needle", "count": 17, "seed": 1)"),
         "family.depth: 4 has fewer nodes than there are 17 members");
  expect(family(R"("kind": "adapters", "count": 3, "seed": 1)"), "family.base: missing");
  expect(family(R"("kind": "adapters", "count": 3, "seed": 1, "rank": 0,
                   "base": {"alphabet": 2, "order": 1, "seed": 1})"),
         "family.rank: ");
  expect(family(R"("kind": "adapters", "count": 3, "seed": 1,
                   "base": {"alphabet": 65535, "order": 60, "seed": 1})"),
         "family.base.order: the weights");
  (void)folder_.add("w.txt", "a\n");
  expect(family(R"("kind": "adapters", "count": 3, "seed": 1,
                   "base": {"corpus": "w.txt", "order": 1, "smoothing": 0})"),
         "family.base.smoothing: must be greater than 0");
  expect(family(R"("kind": "corpora", "corpora": [], "order": 1)"),
         "family.corpora: must be an array, and not empty");
  expect(family(R"("kind": "corpora", "corpora": ["none.txt"], "order": 1)"),
         "family.corpora[0]: ");
}

TEST_F(ClassRefusalsTest, RefusesMembersAndOraclesThatDoNotFit) {
  const auto members = [](const std::string& list) {
    return R"("truth": 0, "members": )" + list + kExact;
  };
  const std::string small = R"({"kind": "tree", "alphabet": 2, "horizon": 1, "leaf_mass": [1, 2],
      "estimate": {"kind": "exact"}})";
  const std::string rounded = R"({"kind": "knapsack", "weights": [1, 2, 4], "capacity": 2,
      "estimate": {"kind": "rounded", "kappa": 2}})";
  expect(members("[]"), "members: must be an array, and not empty");
  expect(members("[3]"), "members[0]: must be an object, not 3");
  expect(members(R"(["c.json"])"), "kind: \"class\" is not one of");
  expect(members(R"([{"kind": "\u001b"}])"), R"(members[0].kind: "\x1b" is not one of)");
  expect(members(R"(["none.json"])"), "members[0]: ");
  expect(members("[" + kTree + kExact + "}, " + small + "]"),
         "members[1]: has 2 symbols and horizon 1, the first member 2 and 3");
  expect(members("[" + kTree + kExact + "}, " + rounded + "]"),
         "members[1]: a member needs exact masses; the estimate must not be rounded");
  expect(members("[" + kTree + "}]"), "members[0].estimate: missing");
  expect(members("[" + small + R"(], "horizon": 2)"), "horizon: the members have 1");
  (void)folder_.add("a.txt", "a\n");
  (void)folder_.add("b.txt", "b\n");
  const auto ngram = [](const std::string& corpus) {
    return R"({"kind": "ngram", "order": 1, "horizon": 3, "corpus": ")" + corpus + "\"" + kExact +
           "}";
  };
  const std::string letter_a = ngram("a.txt");
  expect(members("[" + letter_a + ", " + ngram("b.txt") + "]"),
         "members[1]: its symbols stand for other characters");

  const std::string family =
      R"("horizon": 3, "family": {"kind": "product", "count": 4, "seed": 1, "gamma": 0.3})";
  expect(family + R"(, "oracle": )" + small,
         "oracle: has 2 symbols and horizon 1, the members 2 and 3");
  expect(family + R"(, "oracle": )" + rounded, "oracle: its total mass is not known exactly");
  expect(family + kExact + R"(, "oracle": )" + kTree + kExact + "}",
         "estimate: is for a truth; an oracle has its own");
  expect(family + R"(, "kappa": 1.2, "oracle": )" + kTree + kNoise + "}",
         "kappa: is 1.2, but the oracle's own is 1.5");
  expect(R"("members": [)" + letter_a + R"(], "oracle": )" + ngram("b.txt"),
         "oracle: its symbols stand for other characters");
  // A class is no part of a class, not even of itself.
  expect(family + R"(, "oracle": "c.json")", "kind: \"class\" is not one of");
}

TEST(MakeClass, ChecksWhatIsPutTogether) {
  const auto refusal = [](auto change) {
    ClassTarget target{.members = markov_members({2, 3, 4, 1}, "test"),
                       .family = "markov",
                       .kappa = 1.0,
                       .truth = 1,
                       .estimate = {},
                       .oracle = nullptr};
    change(target);
    return testing::error_of(ErrorKind::kInput, [&] { make_class(std::move(target)); });
  };
  EXPECT_EQ(refusal([](ClassTarget& t) { t.truth = 4; }), "truth: must be a member, 0 to 3, not 4");
  EXPECT_EQ(refusal([](ClassTarget& t) { t.truth.reset(); }), "truth: give either truth or oracle");
  EXPECT_EQ(refusal([](ClassTarget& t) { t.kappa = 0.5; }),
            "kappa: is 0.5, but the oracle's own is 1");
  EXPECT_EQ(refusal([](ClassTarget& t) { t.estimate.kind = EstimateSpec::Kind::kFile; }),
            "estimate: a class has an exact one or noise");
  EXPECT_EQ(refusal([](ClassTarget& t) { t.members = ProductMembers{}; }),
            "members: a class has at least one");
}

}  // namespace
}  // namespace wend
