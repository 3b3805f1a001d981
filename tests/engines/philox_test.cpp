// Random123's published known answers, and that every lane width gives the same words.
#include "kernels/random/philox.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/support/lane_draws.hpp"

namespace wend {
namespace {

struct KnownAnswer {
  std::array<std::uint32_t, 4> counter;
  std::array<std::uint32_t, 2> key;
  std::array<std::uint32_t, 4> words;
};

// philox4x32 with 10 rounds, from the kat_vectors file of Random123 1.14.
constexpr std::array<KnownAnswer, 3> kKnownAnswers = {
    {{{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
     {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
      {0xffffffff, 0xffffffff},
      {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
     {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
      {0xa4093822, 0x299f31d0},
      {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}}}};

/// The counter and key of a known answer as arguments of draw_block.
struct Arguments {
  std::uint64_t seed;
  std::uint32_t purpose;
  std::uint64_t chain;
  std::uint64_t block;
};

Arguments arguments(const KnownAnswer& answer) {
  const auto wide = [](std::uint32_t low, std::uint32_t high) {
    return low | static_cast<std::uint64_t>(high) << 32U;
  };
  return {wide(answer.key[0], answer.key[1]), answer.counter[1] >> 24U,
          wide(answer.counter[2], answer.counter[3]),
          wide(answer.counter[0], answer.counter[1] & 0xffffffU)};
}

TEST(Philox, KnownAnswers) {
  for (const KnownAnswer& answer : kKnownAnswers) {
    const Arguments at = arguments(answer);
    const kernels::DrawBlock draws = kernels::draw_block(at.seed, at.purpose, at.chain, at.block);
    for (std::size_t word = 0; word < 4; ++word) EXPECT_EQ(draws.word[word], answer.words[word]);
  }
}

using test::kMostLanes;
using test::LaneDraws;

std::vector<LaneDraws> all_lane_draws() {
  std::vector<LaneDraws> all;
  for (const Simd simd : {Simd::kAvx2, Simd::kAvx512})
    visit_lanes(
        simd, [&]<Simd kSimd>() { all.push_back(test::lane_draws<kSimd>()); }, [] {});
  return all;
}

class PhiloxLanes : public testing::TestWithParam<LaneDraws> {};

TEST_P(PhiloxLanes, KnownAnswersInEveryLane) {
  const LaneDraws& lanes = GetParam();
  if (!cpu_has(lanes.simd)) GTEST_SKIP() << "this CPU has not got " << to_string(lanes.simd);
  for (const KnownAnswer& answer : kKnownAnswers) {
    const Arguments at = arguments(answer);
    for (std::uint32_t lane = 0; lane < lanes.width; ++lane) {
      // The other lanes stand elsewhere.
      std::array<std::uint64_t, kMostLanes> chains{};
      std::array<std::uint64_t, kMostLanes> blocks{};
      for (std::uint32_t other = 0; other < lanes.width; ++other) {
        chains[other] = at.chain ^ (other ^ lane);
        blocks[other] = at.block ^ (other ^ lane);
      }
      std::array<std::uint32_t, 4 * kMostLanes> words{};
      lanes.draw(at.seed, at.purpose, chains.data(), blocks.data(), 1, words.data());
      for (std::uint32_t word = 0; word < 4; ++word)
        EXPECT_EQ(words[word * lanes.width + lane], answer.words[word]) << "lane " << lane;
    }
  }
}

TEST_P(PhiloxLanes, SameWordsAsDrawBlock) {
  const LaneDraws& lanes = GetParam();
  if (!cpu_has(lanes.simd)) GTEST_SKIP() << "this CPU has not got " << to_string(lanes.simd);
  constexpr std::uint64_t kSeed = 0xFEDCBA9876543210ULL;
  // Low halves near their end, so that the carry is seen, and chains beyond 2^32.
  std::array<std::uint64_t, kMostLanes> chains{};
  std::array<std::uint64_t, kMostLanes> blocks{};
  for (std::uint32_t lane = 0; lane < lanes.width; ++lane) {
    chains[lane] = 0xFFFFFFFDULL + lane * 3;
    blocks[lane] = (static_cast<std::uint64_t>(lane) << 33U) + 0xFFFFFFFFULL - lane % 5;
  }
  constexpr std::uint32_t kRounds = 8;
  std::array<std::uint32_t, 4 * kMostLanes * kRounds> words{};
  for (const std::uint32_t purpose : {0U, 1U, 255U}) {
    lanes.draw(kSeed, purpose, chains.data(), blocks.data(), kRounds, words.data());
    for (std::uint32_t round = 0; round < kRounds; ++round)
      for (std::uint32_t lane = 0; lane < lanes.width; ++lane) {
        const kernels::DrawBlock draws =
            kernels::draw_block(kSeed, purpose, chains[lane], blocks[lane] + round);
        for (std::uint32_t word = 0; word < 4; ++word)
          EXPECT_EQ(words[(round * 4 + word) * lanes.width + lane], draws.word[word]);
      }
  }
}

INSTANTIATE_TEST_SUITE_P(Widths, PhiloxLanes, testing::ValuesIn(all_lane_draws()),
                         [](const auto& lanes) {
                           return std::string(to_string(lanes.param.simd));
                         });

}  // namespace
}  // namespace wend
