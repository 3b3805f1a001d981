// Instances from documents in memory: what a file would be, with arrays beside it.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/temporary_folder.hpp"
#include "wend/instance.hpp"

namespace wend {
namespace {

using testing::TemporaryFolder;

constexpr std::string_view kTree =
    R"({"wend": 1, "kind": "tree", "alphabet": 2, "horizon": 2, "leaf_mass": LEAVES,
        "estimate": {"kind": "exact"}})";

std::string tree_with(const std::string& leaves) {
  std::string text(kTree);
  return text.replace(text.find("LEAVES"), 6, leaves);
}

template <class T>
InstanceArray array_of(InstanceArray::Type type, const std::vector<T>& values,
                       std::vector<std::uint64_t> shape = {}) {
  if (shape.empty()) shape = {values.size()};
  return {type, std::move(shape), values.data()};
}

InstanceDocument document(std::string json) {
  InstanceDocument document;
  document.json = std::move(json);
  return document;
}

std::string refusal(const InstanceDocument& document) {
  return testing::error_of(ErrorKind::kInput, [&] { make_instance(document); });
}

std::vector<double> leaf_masses(const Instance& tree) {
  std::vector<double> masses;
  for (std::uint32_t leaf = 0; leaf < 4; ++leaf) {
    const std::array symbols{leaf / 2, leaf % 2};
    masses.push_back(std::exp(log_mass(tree, symbols.data())));
  }
  return masses;
}

TEST(Document, IsWhatAFileWouldBe) {
  const TemporaryFolder folder;
  const std::string text = tree_with("[1, 2, 3, 4]");
  const auto from_file = load_instance(folder.add("tree.json", text));
  const auto made = make_instance(document(text));
  EXPECT_EQ(leaf_masses(*made), leaf_masses(*from_file));
  EXPECT_EQ(facts(*made).digest, facts(*from_file).digest);
  EXPECT_EQ(facts(*made).path, "instance");
  EXPECT_TRUE(facts(*made).files.empty());
}

template <class T>
class DocumentArray : public ::testing::Test {};

template <class T, InstanceArray::Type kType>
struct Numbers {
  using Value = T;
  static constexpr InstanceArray::Type type = kType;
};

using Type = InstanceArray::Type;
using AllNumbers =
    ::testing::Types<Numbers<float, Type::kF4>, Numbers<double, Type::kF8>,
                     Numbers<std::int8_t, Type::kI1>, Numbers<std::int16_t, Type::kI2>,
                     Numbers<std::int32_t, Type::kI4>, Numbers<std::int64_t, Type::kI8>,
                     Numbers<std::uint8_t, Type::kU1>, Numbers<std::uint16_t, Type::kU2>,
                     Numbers<std::uint32_t, Type::kU4>, Numbers<std::uint64_t, Type::kU8>>;
TYPED_TEST_SUITE(DocumentArray, AllNumbers);

TYPED_TEST(DocumentArray, HoldsMasses) {
  std::vector<typename TypeParam::Value> masses{5, 6, 7, 100};
  InstanceDocument tree = document(tree_with(R"({"array": "m"})"));
  tree.arrays["m"] = array_of(TypeParam::type, masses);
  const auto instance = make_instance(tree);
  masses.assign(4, 1);  // the instance has a copy
  const std::vector<double> found = leaf_masses(*instance);
  const std::array<double, 4> expected{5, 6, 7, 100};
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(found[i], expected[i], 1e-12 * expected[i]);
}

TEST(Document, ArraysArePartOfTheDigest) {
  const std::vector<double> masses{1, 2, 3, 4};
  const std::vector<double> others{1, 2, 3, 5};
  InstanceDocument tree = document(tree_with(R"({"array": "m"})"));
  tree.arrays["m"] = array_of(Type::kF8, masses);
  const std::string digest = facts(*make_instance(tree)).digest;
  EXPECT_EQ(facts(*make_instance(tree)).digest, digest);
  tree.arrays["m"] = array_of(Type::kF8, others);
  EXPECT_NE(facts(*make_instance(tree)).digest, digest);
}

TEST(Document, EstimatesAndTransitionsMayBeArrays) {
  const std::vector<double> masses{1, 2, 3, 4};
  const std::vector<double> nodes{10, 4, 8, 1, 2, 3, 4};
  InstanceDocument tree = document(
      R"({"wend": 1, "kind": "tree", "alphabet": 2, "horizon": 2, "leaf_mass": {"array": "m"},
          "estimate": {"kind": "file", "path": {"array": "nodes"}}})");
  tree.arrays["m"] = array_of(Type::kF8, masses);
  tree.arrays["nodes"] = array_of(Type::kF8, nodes);
  EXPECT_NEAR(*facts(*make_instance(tree)).kappa, 4.0 / 3, 1e-12);

  const std::vector<float> weights{1, 3, 1, 1};
  InstanceDocument chain = document(
      R"({"wend": 1, "kind": "ngram", "transition": {"array": "w"}, "order": 2, "horizon": 3,
          "estimate": {"kind": "exact"}})");
  chain.arrays["w"] = array_of(Type::kF4, weights, {2, 2});
  const auto instance = make_instance(chain);
  const std::array<std::uint32_t, 3> symbols{0, 1, 1};
  // The first symbol's row is the mean of both: 3/8 and 5/8.
  EXPECT_NEAR(std::exp(log_mass(*instance, symbols.data())), 3.0 / 8 * 0.75 * 0.5, 1e-9);
}

TEST(Document, RelativePathsAreTheFolders) {
  const TemporaryFolder folder;
  folder.add("words.txt", "ab\nba\n");
  InstanceDocument words = document(
      R"({"wend": 1, "kind": "ngram", "corpus": "words.txt", "order": 1, "horizon": 2,
          "estimate": {"kind": "exact"}})");
  words.name = "<words>";
  EXPECT_EQ(refusal(words), "<words>: corpus: words.txt: no such file");
  words.folder = folder.path();
  const auto instance = make_instance(words);
  EXPECT_EQ(facts(*instance).alphabet, 3U);
  ASSERT_EQ(facts(*instance).files.size(), 1U);
  EXPECT_EQ(facts(*instance).files[0], folder / "words.txt");
}

TEST(Document, SaysWhatIsWrong) {
  InstanceDocument tree = document(tree_with(R"({"array": "m"})"));
  EXPECT_EQ(refusal(tree),
            "instance: leaf_mass.array: there is no array \"m\" beside this document");
  const std::vector<double> three{1, 2, 3};
  tree.arrays["m"] = array_of(Type::kF8, three);
  EXPECT_EQ(refusal(tree), "instance: leaf_mass: has 3 values; 2^2 = 4 are needed");
  tree.arrays["m"] = {Type::kF8, {std::uint64_t{1} << 40U, std::uint64_t{1} << 40U}, nullptr};
  EXPECT_EQ(refusal(tree), "an array has more elements than can be numbered");
  tree.json = tree_with(R"({"array": "m", "type": "f8"})");
  tree.arrays["m"] = array_of(Type::kF8, three);
  EXPECT_EQ(refusal(tree), "instance: leaf_mass.type: unknown key; known are array");
  EXPECT_EQ(refusal(document("[1]")), "instance: not a JSON object");
  EXPECT_EQ(refusal(document("{}")), "instance: wend: missing; it must be 1");
  EXPECT_EQ(refusal(document(tree_with("7"))), "instance: leaf_mass: must be an array, not 7");
}

TEST(Document, FilesHaveNoArraysBesideThem) {
  const TemporaryFolder folder;
  const auto path = folder.add("tree.json", tree_with(R"({"array": "m"})"));
  EXPECT_THROW(load_instance(path), Error);
}

}  // namespace
}  // namespace wend
