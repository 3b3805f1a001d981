// The law of the paths that are drawn, whatever is asked along them: q, the mean of the version
// space's members, every one of them with the same weight. Alarm level of each of some 100
// chi-squares: p < 1e-7.
#include <gtest/gtest.h>

#include <random>

#include "host/elimination/engine.hpp"
#include "tests/support/chi_square.hpp"
#include "tests/support/class_targets.hpp"

namespace wend::test {
namespace {

constexpr double kAlarm = 1e-7;
constexpr std::uint64_t kPaths = 20000;

/// How often each leaf is drawn by scouting paths of the version space `some`; empty: the class.
std::vector<std::uint64_t> scouted_leaves(const ClassTarget& target,
                                          const std::vector<std::uint32_t>& some) {
  const auto engine = make_cpu_class_engine(target, own_oracle(target), 2);
  if (!some.empty()) engine->set_version_space(some);
  const std::uint64_t members = some.empty() ? count(target.members) : some.size();
  const std::uint32_t length = horizon(target.members);
  std::vector<std::uint64_t> alive(kernels::member_words(members), ~std::uint64_t{0});
  if (members % 64 != 0) alive.back() = (std::uint64_t{1} << (members % 64)) - 1;
  const kernels::ClassRound round{17,    target.kappa, 2 * target.kappa * target.kappa,
                                  false, alive.data(), alive.data()};
  std::vector<kernels::ClassPath> paths;
  for (std::uint64_t i = 0; i < kPaths; ++i) paths.push_back({i % 3, i / 3, ~std::uint64_t{0}});
  std::vector<kernels::PathOutcome> outcomes(kPaths);
  std::vector<std::uint32_t> symbols(kPaths * length);
  std::vector<std::uint64_t> survivors = alive;
  engine->run(round, paths, outcomes, symbols, survivors);
  std::vector<std::uint64_t> found(leaf_count(target.members));
  for (std::uint64_t i = 0; i < kPaths; ++i)
    ++found[leaf_number(&symbols[i * length], alphabet(target.members), length)];
  return found;
}

std::vector<double> mean_law(const ClassMembers& members, const std::vector<std::uint32_t>& some) {
  std::vector<double> law(leaf_count(members));
  for (const std::uint32_t member : some) {
    const std::vector<double> one = member_law(members, member);
    for (std::size_t leaf = 0; leaf < law.size(); ++leaf) law[leaf] += one[leaf];
  }
  return law;
}

void expect_mean(const ClassTarget& target, const std::string& what) {
  std::vector<std::uint32_t> all(count(target.members));
  for (std::uint32_t i = 0; i < all.size(); ++i) all[i] = i;
  EXPECT_GT(chi_square_p(scouted_leaves(target, {}), mean_law(target.members, all)), kAlarm)
      << what << ", " << all.size() << " members";
  std::vector<std::uint32_t> some;  // the last one, the truth, is among them
  for (std::uint32_t i = (static_cast<std::uint32_t>(all.size()) - 1) % 3; i < all.size(); i += 3)
    some.push_back(i);
  EXPECT_GT(chi_square_p(scouted_leaves(target, some), mean_law(target.members, some)), kAlarm)
      << what << ", " << some.size() << " of " << all.size() << " members";
}

TEST(ClassProposals, AreTheMeanOfTheVersionSpace) {
  for (const char* family : {"product", "markov", "needle", "adapters", "pool"})
    for (const std::uint32_t members : {1U, 2U, 8U, 9U, 25U, 64U})
      expect_mean(class_target(small_members(family, members), members - 1, 1.3), family);
}

TEST(ClassProposals, DrawEveryMember) {
  // Nine tenths of each member's mass sit where no other has any to speak of, so that each one's
  // share of the draws is seen.
  for (const std::uint32_t members : {1U, 8U, 9U, 11U, 33U, 64U, 65U, 100U, 128U})
    expect_mean(
        class_target(needle_members({2, 10, members, 11}, 10, 0.9, "test"), members - 1, 1.3),
        "needle 0.9");
}

TEST(ClassProposals, APathsSymbolsDoNotDependOnWhatIsAsked) {
  // The same paths of the same class with another truth, and so other answers.
  const auto first = scouted_leaves(class_target(small_members("markov", 25), 3, 1.3), {});
  const auto other = scouted_leaves(class_target(small_members("markov", 25), 20, 1.3), {});
  EXPECT_EQ(first, other);
}

TEST(PickMember, IsTheWholePartOfTheProduct) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t draw = random();
    const std::uint64_t members = 1 + random() % (std::uint64_t{1} << (1 + i % 24));
    __extension__ using Wide = unsigned __int128;
    const auto expected = static_cast<std::uint64_t>((static_cast<Wide>(draw) * members) >> 64U);
    EXPECT_EQ(kernels::pick_member(static_cast<std::uint32_t>(draw >> 32U),
                                   static_cast<std::uint32_t>(draw), members),
              expected);
  }
}

TEST(PickMember, ReachesTheFirstAndTheLast) {
  for (const std::uint64_t members : {1U, 2U, 8U, 9U, 64U, 65U, 1U << 24U}) {
    EXPECT_EQ(kernels::pick_member(0, 0, members), 0U);
    EXPECT_EQ(kernels::pick_member(~0U, ~0U, members), members - 1);
  }
}

}  // namespace
}  // namespace wend::test
