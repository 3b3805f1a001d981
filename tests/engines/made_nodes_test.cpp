// Nodes that were made again: what is read in a round is right and is not written in it.
#include "host/engines/lockstep/made_nodes.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <set>
#include <vector>

namespace wend {
namespace {

constexpr std::uint64_t kWords = 4;
constexpr std::uint64_t kPlace = kWords * sizeof(std::uint32_t) + 24;

TEST(MadeNodes, GiveBackWhatWasWrittenLastForTheEntryAndNothingElse) {
  constexpr std::uint32_t kEntries = 40;
  MadeNodes made(kEntries * 4 + 5 * kPlace, kWords, kEntries);
  std::mt19937_64 random(7);
  std::vector<std::uint32_t> node_of(kEntries);  // what the entry is of
  std::uint32_t last = 0;
  for (std::uint32_t& node : node_of) node = ++last;
  std::uint64_t read = 0;
  std::uint64_t written = 0;
  for (int round = 0; round < 4000; ++round) {
    made.begin_round();
    std::set<const std::uint32_t*> reads;
    std::set<const std::uint32_t*> writes;
    const std::uint64_t wanted = random() % 9;
    for (std::uint64_t i = 0; i < wanted; ++i) {
      // Some are wanted much more often.
      const auto entry = static_cast<std::uint32_t>(random() % (random() % 2 == 0 ? 4 : kEntries));
      const auto [words, here] = made.find(entry);
      if (here) {
        reads.insert(words);
        EXPECT_FALSE(writes.contains(words));
        EXPECT_EQ(words[0], node_of[entry]);
        EXPECT_EQ(words[kWords - 1], node_of[entry]);
        ++read;
      } else if (words != nullptr) {
        EXPECT_FALSE(reads.contains(words));
        EXPECT_TRUE(writes.insert(words).second);
        words[0] = words[kWords - 1] = node_of[entry];
        ++written;
      }
    }
    EXPECT_LE(writes.size() + reads.size(), 5U);
    if (random() % 3 != 0) continue;
    const auto dropped = static_cast<std::uint32_t>(random() % kEntries);
    node_of[dropped] = ++last;
    made.forget(dropped);
  }
  EXPECT_GT(read, 3000U);
  EXPECT_GT(written, 300U);
}

TEST(MadeNodes, KeepWhatIsMadeTheSecondTime) {
  MadeNodes made(2 * 4 + 2 * kPlace, kWords, 2);
  const auto find = [&](std::uint32_t entry) {
    made.begin_round();
    return made.find(entry);
  };
  EXPECT_EQ(find(1).words, nullptr);
  const MadeNodes::Node second = find(1);
  ASSERT_NE(second.words, nullptr);
  EXPECT_FALSE(second.here);
  const MadeNodes::Node third = find(1);
  EXPECT_TRUE(third.here);
  EXPECT_EQ(third.words, second.words);
  // In the round in which it is written nobody reads it.
  EXPECT_EQ(find(0).words, nullptr);
  const MadeNodes::Node other = find(0);
  ASSERT_NE(other.words, nullptr);
  EXPECT_NE(other.words, second.words);
  EXPECT_EQ(made.find(0).words, nullptr);
}

TEST(MadeNodes, HaveNoRoomInLessThanANode) {
  for (const std::uint64_t bytes : {std::uint64_t{0}, 3 * 4 + kPlace - 1}) {
    MadeNodes made(bytes, kWords, 3);
    for (int i = 0; i < 4; ++i) {
      made.begin_round();
      EXPECT_EQ(made.find(2).words, nullptr);
    }
    made.forget(2);
  }
}

}  // namespace
}  // namespace wend
