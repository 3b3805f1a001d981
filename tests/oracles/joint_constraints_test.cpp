// Constraints together: what is refused against a search through all sequences.
#include "host/oracles/joint_constraints.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "tests/support/potentials.hpp"
#include "tests/support/temporary_folder.hpp"
#include "wend/automaton.hpp"
#include "wend/error.hpp"

namespace wend::test {
namespace {

using testing::error_of;
using Potentials = std::vector<std::shared_ptr<Potential>>;
using Patterns = std::vector<std::vector<std::uint32_t>>;

bool some_sequence_keeps(const Potentials& potentials, const Leaves& leaves) {
  bool some = false;
  leaves.for_each_node([&](const Prefix& leaf) {
    if (some || !leaves.complete(leaf)) return;
    const Prefix parent(leaf.begin(), leaf.end() - 1);
    some = std::ranges::all_of(potentials, [&](const auto& potential) {
      return ask(*potential, leaves.alphabet, parent).children[leaf.back()] == 0;
    });
  });
  return some;
}

bool is_refused(const Potentials& potentials, const Leaves& leaves) {
  try {
    check_joint_constraints(potentials, leaves.alphabet, leaves.horizon, leaves.end);
    return false;
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_EQ(error.field(), "potentials");
    return true;
  }
}

Patterns random_patterns(std::mt19937_64& random, std::size_t most) {
  Patterns patterns(random() % (most + 1));
  for (auto& pattern : patterns) {
    pattern.resize(1 + random() % 3);
    for (std::uint32_t& symbol : pattern) symbol = random() % 2;
  }
  return patterns;
}

// Each potential has some sequence of its own, or would be refused alone.
Potentials random_constraints(std::mt19937_64& random, const SequenceShape& shape) {
  Potentials potentials;
  while (potentials.size() < 2 + random() % 2) {
    try {
      potentials.push_back(
          make_automaton_potential(substring_automaton(shape.alphabet, random_patterns(random, 2),
                                                       random_patterns(random, 2)),
                                   shape));
    } catch (const Error&) {
      continue;
    }
  }
  if (!shape.end.empty() && random() % 2 == 0) {
    const auto least = static_cast<std::uint32_t>(random() % (shape.horizon + 1));
    potentials.push_back(make_length_potential(
        shape, least, static_cast<std::uint32_t>(least + random() % (shape.horizon + 1 - least))));
  }
  return potentials;
}

TEST(JointConstraints, AreRefusedWhereNoSequenceKeepsAllOfThem) {
  std::mt19937_64 random(1);
  std::uint32_t refused = 0;
  constexpr std::uint32_t kInstances = 600;
  for (std::uint32_t i = 0; i < kInstances; ++i) {
    const auto horizon = static_cast<std::uint32_t>(2 + random() % 5);
    Leaves leaves{2, horizon, {}};
    if (i % 2 == 0) leaves = {3, horizon, {2}};
    const Potentials potentials =
        random_constraints(random, {leaves.alphabet, horizon, leaves.end, {}});
    const bool none = !some_sequence_keeps(potentials, leaves);
    EXPECT_EQ(is_refused(potentials, leaves), none) << "instance " << i;
    if (none) ++refused;
  }
  EXPECT_GT(refused, kInstances / 10);
  EXPECT_LT(refused, kInstances - kInstances / 10);
}

TEST(JointConstraints, AreNamed) {
  const SequenceShape shape{3, 6, {2}, {}};
  const Potentials potentials = {
      make_automaton_potential(substring_automaton(3, {{0}}, Patterns{}), shape),
      make_length_potential(shape, 0, 4),
      make_automaton_potential(substring_automaton(3, Patterns{}, {{1, 0, 1}}), shape, "rule")};
  EXPECT_EQ(
      error_of(ErrorKind::kUsage, [&] { check_joint_constraints(potentials, 3, 6, shape.end); }),
      "potentials: automaton, length, rule contradict each other: no sequence of at most 6 "
      "symbols keeps all of them");
}

// A value of 0 that says nothing of what is below, or that more than depth and bucket decide.
TEST(JointConstraints, OthersAreLeftOut) {
  const SequenceShape shape{2, 4, {}, {}};
  PotentialTraits traits;
  traits.alphabet = 2;
  const auto nothing =
      std::make_shared<FunctionPotential>(traits, [](const Prefix&) { return kNothing; });
  const auto odd = make_automaton_potential(substring_automaton(2, {{0}}, Patterns{}), shape);
  EXPECT_NO_THROW(check_joint_constraints(Potentials{nothing, odd, nothing}, 2, 4, {}));
}

// One that takes a symbol for a leaf if it is told that it ends sequences, and for a dead end if
// not.
class EndReader final : public Potential {
 public:
  EndReader() {
    traits_.alphabet = 2;
    traits_.decided_by_bucket = true;
  }
  [[nodiscard]] const PotentialTraits& traits() const override { return traits_; }
  void evaluate(std::uint32_t /*context*/, const OracleBatch& batch, const std::uint32_t* end,
                const PotentialRows& rows) override {
    for (std::uint32_t i = 0; i < batch.size; ++i) {
      rows.own[i] = 0;
      for (std::uint32_t c = 0; c < 2; ++c)
        rows.children[2 * i + c] = end != nullptr && (*end >> c & 1U) != 0 ? 0 : kNothing;
    }
  }

 private:
  PotentialTraits traits_;
};

TEST(JointConstraints, AreToldWhichSymbolsEnd) {
  const Potentials potentials = {std::make_shared<EndReader>(), std::make_shared<EndReader>()};
  EXPECT_FALSE(is_refused(potentials, {2, 4, {1}}));
  EXPECT_TRUE(is_refused(potentials, {2, 4, {}}));
}

// 2^20 prefixes are some hundred kinds.
TEST(JointConstraints, AreLookedAtByKind) {
  const SequenceShape shape{2, 20, {}, {}};
  const Potentials potentials = {
      make_automaton_potential(substring_automaton(2, Patterns{}, {{0, 1, 0, 1}}), shape),
      make_automaton_potential(substring_automaton(2, {{0, 1, 0}}, {{1, 1, 1}}), shape)};
  EXPECT_TRUE(is_refused(potentials, {2, 20, {}}));
}

// Each of twenty patterns once: a million sets of what was met, of which none is all.
TEST(JointConstraints, GiveUpWhereThereAreTooManyKinds) {
  const auto requires_ten = [](std::uint32_t first) {
    Patterns patterns;
    for (std::uint32_t i = 0; i < 10; ++i) patterns.push_back({first + i, first + i});
    return make_automaton_potential(substring_automaton(20, Patterns{}, patterns),
                                    {20, 30, {}, {}});
  };
  EXPECT_FALSE(is_refused({requires_ten(0), requires_ten(10)}, {20, 30, {}}));
  EXPECT_TRUE(is_refused(
      {requires_ten(0),
       make_automaton_potential(substring_automaton(20, {{0}}, Patterns{}), {20, 30, {}, {}})},
      {20, 30, {}}));
}

}  // namespace
}  // namespace wend::test
