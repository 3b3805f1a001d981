// A neural oracle's rows are a function of the prefix, bit for bit: in any batch, slot, company and
// context, after any other prefix, whether its states are still there or were given up.
#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "host/oracles/neural/state_pool.hpp"
#include "tests/support/neural_models.hpp"

namespace wend::test {
namespace {

using Prefix = std::vector<std::uint32_t>;

constexpr std::uint32_t kAlphabet = 5;
constexpr std::uint32_t kHorizon = 8;

/// Slots that go down and up as chains do.
class Slots {
 public:
  explicit Slots(std::size_t count) : prefixes_(count), known_(count, 0) {}

  void move(std::size_t slot, std::mt19937& random) {
    Prefix& prefix = prefixes_[slot];
    const std::size_t keep = random() % 3 == 0 ? random() % (prefix.size() + 1) : prefix.size();
    prefix.resize(keep);
    known_[slot] = static_cast<std::uint32_t>(keep);
    const std::size_t more = random() % 4 == 0 ? 3 : 1;
    for (std::size_t i = 0; i < more && prefix.size() + 1 < kHorizon; ++i)
      prefix.push_back(static_cast<std::uint32_t>(random() % kAlphabet));
  }
  [[nodiscard]] const Prefix& prefix(std::size_t slot) const { return prefixes_[slot]; }
  [[nodiscard]] std::uint32_t known(std::size_t slot) const { return known_[slot]; }

 private:
  std::vector<Prefix> prefixes_;
  std::vector<std::uint32_t> known_;
};

TEST(NeuralBatch, RowsDependOnThePrefixAlone) {
  for (const std::string name : kNeuralModels) {
    const auto instance = neural_instance(name);
    const auto alone = neural_instance(name);
    const auto oracle = oracle_of(*instance);
    const auto other = oracle_of(*alone);
    std::map<Prefix, std::vector<float>> rows;
    std::mt19937 random(7);
    Slots slots(200);
    for (int call = 0; call < 40; ++call) {
      const std::size_t size = call % 5 == 0 ? 1 : 1 + random() % 180;
      std::vector<std::uint32_t> in_batch;
      for (std::uint32_t slot = 0; slot < 200; ++slot) in_batch.push_back(slot);
      std::ranges::shuffle(in_batch, random);
      in_batch.resize(size);
      std::vector<Prefix> prefixes;
      std::vector<std::uint32_t> known;
      for (const std::uint32_t slot : in_batch) {
        slots.move(slot, random);
        prefixes.push_back(slots.prefix(slot));
        known.push_back(slots.known(slot));
      }
      const std::vector<float> found =
          rows_of(*oracle, prefixes, in_batch, known,
                  static_cast<std::uint32_t>(call) % oracle->traits().contexts);
      for (std::size_t i = 0; i < size; ++i) {
        auto& row = rows[prefixes[i]];
        if (row.empty()) row = row_of(*other, prefixes[i]);
        for (std::size_t c = 0; c < kAlphabet; ++c)
          ASSERT_EQ(found[i * kAlphabet + c], row[c])
              << name << ", call " << call << ", node " << i;
      }
    }
    EXPECT_GT(rows.size(), 500U);
  }
}

TEST(StatePool, KnowsWhatASlotHasInCommonWithItsLastPrefix) {
  StatePool pool(2, 4, 3);
  const auto find = [&](std::uint32_t slot, const Prefix& prefix) {
    pool.begin_call();
    return pool.find(slot, prefix);
  };
  const StatePool::Found first = find(9, {1, 2, 3});
  EXPECT_EQ(first.known, 0U);
  EXPECT_EQ(find(9, {1, 2, 3, 4}).known, 3U);
  EXPECT_EQ(find(9, {1, 2}).known, 2U);
  EXPECT_EQ(find(9, {1, 2, 3}).known, 2U);  // what was below is gone
  EXPECT_EQ(find(9, {1, 0}).known, 1U);
  EXPECT_EQ(find(9, {1, 0}).states, first.states);
  EXPECT_EQ(find(7, {1, 0}).known, 0U);
  EXPECT_EQ(find(9, {1, 0}).known, 2U);
  EXPECT_EQ(find(5, {1}).known, 0U);  // in place of 7, the least recent
  EXPECT_EQ(find(9, {1, 0}).known, 2U);
  EXPECT_EQ(find(7, {1, 0}).known, 0U);
  pool.forget();
  EXPECT_EQ(find(9, {1, 0}).known, 0U);
}

}  // namespace
}  // namespace wend::test
