// Class members from files: models fitted to corpora, and lists of instances.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "host/instances/class/corpora.hpp"
#include "host/instances/class/list.hpp"
#include "host/instances/ngram/model.hpp"
#include "tests/support/class_laws.hpp"
#include "tests/support/temporary_folder.hpp"
#include "wend/instance.hpp"

namespace wend {
namespace {

using testing::expect_lawful;
using testing::prefix_mass;
using testing::prefixes;
using testing::Symbols;
using testing::TemporaryFolder;

TEST(ClassCorpora, AreFittedToTheSymbolsOfAll) {
  const TemporaryFolder folder;
  const std::vector<std::filesystem::path> files{folder.add("1.txt", "ab\nb\n"),
                                                 folder.add("2.txt", "ca\ncab\nc\n")};
  for (const double smoothing : {0.0, 0.25}) {
    for (const std::uint32_t order : {1U, 2U, 3U}) {
      CorporaMembers corpora = corpora_members(files, order, smoothing, 4, "test");
      EXPECT_EQ(corpora.characters, U"abc");
      const ClassMembers members = std::move(corpora.members);
      ASSERT_EQ(alphabet(members), 4U);
      expect_lawful(members);
      // Each against its own model, walked along the words.
      for (std::uint32_t i = 0; i < 2; ++i) {
        const NgramModel model = corpus_model(files[i], order, smoothing, "test", U"abc");
        for (const Symbols& leaf : prefixes(4, 4)) {
          double expected = 0;
          std::uint32_t context = 0;
          for (const std::uint32_t c : leaf) {
            if (context == NgramModel::kNoContext) {  // after the end only ends follow
              if (c != 0) expected = -std::numeric_limits<double>::infinity();
              continue;
            }
            expected += model.log_probability[context * 4U + c];
            if (std::isinf(expected)) break;
            context = model.next[context * 4U + c];
          }
          EXPECT_NEAR(prefix_mass(members, i, leaf), std::exp(expected), 1e-14);
        }
      }
    }
  }
}

TEST(ClassList, HasTheMassesOfItsInstances) {
  const TemporaryFolder folder;
  const std::string end = R"(, "estimate": {"kind": "exact"}})";
  const auto add = [&](const std::string& name, const std::string& keys) {
    return load_instance(folder.add(name, R"({"wend": 1, )" + keys + end));
  };
  std::vector<std::shared_ptr<const Instance>> instances{
      add("tree.json", R"("kind": "tree", "alphabet": 2, "horizon": 4,
          "leaf_mass": [1, 0, 0, 0, 3, 1e-300, 0, 2, 0, 0, 0, 0, 5, 6, 7, 8])"),
      add("knapsack.json", R"("kind": "knapsack", "weights": [3, 5, 4, 2], "capacity": 8,
          "values": [1, -2, 3, 0.5], "temperature": 0.7)"),
      make_tree(2, 4, std::vector<double>(16, 0.25), {}),
      add("all.json", R"("kind": "knapsack", "weights": [1, 1, 1, 1], "capacity": 9)")};
  (void)folder.add("w.txt", "a\naa\naaa\n");
  instances.push_back(add("ngram.json", R"("kind": "ngram", "corpus": "w.txt", "order": 2,
      "horizon": 4, "smoothing": 0.1, "forbid": ["aaaa"])"));
  PoolMembers pool;
  for (const auto& instance : instances) add_member(pool, *instance, "test");
  for (std::uint32_t c = 0; c < 2; ++c) {
    EXPECT_EQ(pool.next[c], 0U);
    EXPECT_EQ(pool.table[c], 0.0);
  }
  const ClassMembers members = std::move(pool);
  expect_lawful(members);
  for (std::uint32_t i = 0; i < instances.size(); ++i) {
    double total = 0;
    for (const Symbols& leaf : prefixes(2, 4))
      total += std::exp(instances[i]->log_mass(leaf.data()));
    for (const Symbols& leaf : prefixes(2, 4)) {
      const double mass = std::exp(instances[i]->log_mass(leaf.data())) / total;
      EXPECT_NEAR(prefix_mass(members, i, leaf), mass, 1e-12 * mass) << i;
    }
  }
}

TEST(ClassList, HasOneShapeAndExactMasses) {
  const TemporaryFolder folder;
  const auto refusal = [](const Instance& instance) {
    PoolMembers pool;
    add_member(pool, *make_tree(2, 2, {1, 1, 1, 1}, {}), "first");
    return testing::error_of(ErrorKind::kInput, [&] { add_member(pool, instance, "second"); });
  };
  EXPECT_EQ(refusal(*make_tree(2, 1, {1, 1}, {})),
            "second: has 2 symbols and horizon 1, the first member 2 and 2");
  EXPECT_EQ(refusal(*make_tree(3, 2, std::vector<double>(9, 1.0), {})),
            "second: has 3 symbols and horizon 2, the first member 2 and 2");
  const auto rounded = load_instance(
      folder.add("k.json", R"({"wend": 1, "kind": "knapsack", "weights": [1, 2], "capacity": 2,
                    "estimate": {"kind": "rounded", "kappa": 2}})"));
  EXPECT_EQ(refusal(*rounded),
            "second: a member needs exact masses; the estimate must not be rounded");
}

}  // namespace
}  // namespace wend
