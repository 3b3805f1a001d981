// The memo of rows: it finds what it kept, under no other name, and drops by its rule alone.
#include "host/engines/lockstep/memo.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "kernels/random/prefix_noise.hpp"

namespace wend {
namespace {

constexpr std::uint64_t kWords = 6;

/// A memo with the rows that it says are kept, of a word each.
class Rows {
 public:
  explicit Rows(Memo& memo) : memo_(memo) {}
  std::uint64_t insert(std::uint64_t parent, std::uint32_t symbol, std::uint64_t row) {
    const Memo::Kept kept = memo_.insert(parent, symbol);
    if (!kept.entry) return kept.number;
    EXPECT_LT(*kept.entry, memo_.capacity());
    rows_[*kept.entry] = row;
    EXPECT_TRUE(memo_.holds(*kept.entry, kept.number));
    return kept.number;
  }
  [[nodiscard]] std::uint64_t at(const Memo::Found& found) const {
    EXPECT_TRUE(memo_.holds(found.entry, found.number));
    return rows_.at(found.entry);
  }

 private:
  Memo& memo_;
  std::map<std::uint32_t, std::uint64_t> rows_;
};

Memo memo_for(std::uint64_t nodes) { return {nodes * Memo::bytes_per_node(kWords), kWords}; }

TEST(Memo, FindsWhatItKeptAndNothingElse) {
  Memo memo = memo_for(5000);
  Rows rows(memo);
  ASSERT_EQ(memo.capacity(), 5000U);
  std::mt19937_64 random(3);
  std::map<std::pair<std::uint64_t, std::uint32_t>, std::uint64_t> kept;
  std::vector<std::uint64_t> numbers = {Memo::kAboveRoot};
  while (kept.size() < 5000) {
    const std::uint64_t parent = numbers[random() % numbers.size()];
    const auto symbol = static_cast<std::uint32_t>(random() % 5);
    if (kept.contains({parent, symbol})) continue;
    EXPECT_FALSE(memo.find(parent, symbol));
    const std::uint64_t number = rows.insert(parent, symbol, numbers.size());
    numbers.push_back(number);
    kept[{parent, symbol}] = numbers.size() - 1;
  }
  EXPECT_EQ(memo.size(), 5000U);
  for (const auto& [name, index] : kept) {
    const auto found = memo.find(name.first, name.second);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->number, numbers[index]);
    EXPECT_EQ(rows.at(*found), index);
  }
}

/// The clock rule, in the simplest words.
class Model {
 public:
  explicit Model(std::size_t capacity) : capacity_(capacity) {}
  bool find(std::uint32_t symbol) {
    for (Entry& entry : entries_) {
      if (entry.symbol != symbol) continue;
      entry.marked = true;
      return true;
    }
    return false;
  }
  void insert(std::uint32_t symbol) {
    if (entries_.size() < capacity_) {
      entries_.push_back({symbol, false});
      return;
    }
    while (entries_[hand_].marked) {
      entries_[hand_].marked = false;
      hand_ = (hand_ + 1) % capacity_;
    }
    entries_[hand_] = {symbol, false};
    hand_ = (hand_ + 1) % capacity_;
  }

 private:
  struct Entry {
    std::uint32_t symbol;
    bool marked;
  };
  std::size_t capacity_;
  std::size_t hand_ = 0;
  std::vector<Entry> entries_;
};

TEST(Memo, DropsByTheClockRule) {
  for (const std::size_t capacity : {1U, 2U, 7U, 64U}) {
    Memo memo = memo_for(capacity);
    Rows rows(memo);
    Model model(capacity);
    std::mt19937_64 random(capacity);
    std::uint64_t hits = 0;
    for (int i = 0; i < 20'000; ++i) {
      // Some symbols are asked for far more often than others.
      const auto symbol = static_cast<std::uint32_t>(random() % (1 + random() % 200));
      const auto found = memo.find(Memo::kAboveRoot, symbol);
      ASSERT_EQ(found.has_value(), model.find(symbol)) << capacity << ", " << i;
      if (found) {
        ASSERT_EQ(rows.at(*found), symbol);
        ++hits;
        continue;
      }
      rows.insert(Memo::kAboveRoot, symbol, symbol);
      model.insert(symbol);
    }
    EXPECT_EQ(memo.size(), capacity);
    EXPECT_GT(hits, 100U);
  }
}

TEST(Memo, WhatIsBelowADroppedNodeIsNotFoundAgain) {
  Memo memo = memo_for(2);
  const Memo::Kept parent = memo.insert(Memo::kAboveRoot, 4);
  const std::uint64_t first = parent.number;
  memo.insert(first, 0);
  EXPECT_TRUE(memo.holds(parent.entry.value(), first));
  memo.insert(first, 1);  // drops the parent
  EXPECT_FALSE(memo.holds(parent.entry.value(), first));
  EXPECT_FALSE(memo.find(Memo::kAboveRoot, 4));
  const std::uint64_t again = memo.insert(Memo::kAboveRoot, 4).number;
  EXPECT_NE(again, first);
  EXPECT_FALSE(memo.find(again, 0));
  EXPECT_FALSE(memo.find(again, 1));
}

// As after a stop, or an oracle that failed, in the midst of a round.
TEST(Memo, WhatIsForgottenLeavesItsPlace) {
  constexpr std::uint32_t kCount = 200;
  for (const std::size_t capacity : {std::size_t{kCount} / 2, std::size_t{2} * kCount}) {
    Memo memo = memo_for(capacity);
    std::vector<Memo::Kept> kept;
    for (std::uint32_t symbol = 0; symbol < kCount; ++symbol)
      kept.push_back(memo.insert(Memo::kAboveRoot, symbol));
    const auto held = [&](std::uint32_t symbol) {
      return memo.holds(kept[symbol].entry.value(), kept[symbol].number);
    };
    std::vector<bool> there(kCount);
    std::uint64_t forgotten = 0;
    const std::uint64_t full = memo.size();
    for (std::uint32_t symbol = 0; symbol < kCount; ++symbol) {
      there[symbol] = held(symbol) && symbol % 3 != 0;
      if (!held(symbol) || symbol % 3 != 0) continue;
      memo.forget(kept[symbol].entry.value());
      ++forgotten;
    }
    EXPECT_GT(forgotten, kCount / 10);
    EXPECT_EQ(memo.size(), full - forgotten);
    for (std::uint32_t symbol = 0; symbol < kCount; ++symbol)
      ASSERT_EQ(memo.find(Memo::kAboveRoot, symbol).has_value(), there[symbol]) << symbol;
    // The places that are free are taken first; then its table grows, or it drops: nothing else is
    // lost.
    for (std::uint32_t symbol = kCount; symbol < 2 * kCount; ++symbol) {
      kept.push_back(memo.insert(Memo::kAboveRoot, symbol));
      if (symbol < kCount + forgotten) {
        EXPECT_LT(kept.back().entry.value(), full);
        EXPECT_EQ(memo.size(), full - forgotten + symbol - kCount + 1);
      }
    }
    EXPECT_EQ(memo.size(), std::min<std::uint64_t>(capacity, full - forgotten + kCount));
    for (std::uint32_t symbol = 0; symbol < 2 * kCount; ++symbol) {
      const std::optional<Memo::Found> found = memo.find(Memo::kAboveRoot, symbol);
      const bool expected = held(symbol) && (symbol >= kCount || there[symbol]);
      ASSERT_EQ(found.has_value(), expected) << symbol;
      if (found) {
        ASSERT_EQ(found->number, kept[symbol].number);
      }
    }
  }
}

TEST(Memo, OfNoRoomKeepsNothing) {
  Memo memo(1, kWords);
  EXPECT_EQ(memo.capacity(), 0U);
  EXPECT_FALSE(memo.insert(Memo::kAboveRoot, 0).entry);
  EXPECT_FALSE(memo.find(Memo::kAboveRoot, 0));
  EXPECT_EQ(memo.size(), 0U);
}

// Slots hold 32 bits of a hash, in which one pair of 200,000 nodes or another agrees.
TEST(Memo, TellsNodesOfOneHashApart) {
  constexpr std::uint32_t kNodes = 200000;
  std::map<std::uint32_t, std::uint32_t> symbol_of;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> pairs;
  for (std::uint32_t symbol = 0; symbol < kNodes; ++symbol) {
    const auto hash = static_cast<std::uint32_t>(kernels::extend_prefix(Memo::kAboveRoot, symbol));
    const auto [at, is_new] = symbol_of.emplace(hash, symbol);
    if (!is_new) pairs.emplace_back(at->second, symbol);
  }
  ASSERT_FALSE(pairs.empty());
  for (const auto& [first, second] : pairs) {
    Memo memo = memo_for(2);
    Rows rows(memo);
    rows.insert(Memo::kAboveRoot, first, 1);
    EXPECT_FALSE(memo.find(Memo::kAboveRoot, second));
    rows.insert(Memo::kAboveRoot, second, 2);
    const auto found = [&](std::uint32_t symbol) {
      const std::optional<Memo::Found> node = memo.find(Memo::kAboveRoot, symbol);
      return node ? rows.at(*node) : 0;
    };
    EXPECT_EQ(found(first), 1U);
    EXPECT_EQ(found(second), 2U);
    memo.forget(memo.find(Memo::kAboveRoot, first)->entry);
    EXPECT_EQ(found(first), 0U);
    EXPECT_EQ(found(second), 2U);
  }
}

}  // namespace
}  // namespace wend
