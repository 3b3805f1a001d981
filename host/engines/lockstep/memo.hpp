#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "host/base/table_memory.hpp"

namespace wend {

/// Which rows of nodes are kept, by prefix, in bounded memory; the rows themselves lie where their
/// chains walk, by the numbers of their entries. A prefix is named by its parent's number and its
/// last symbol, exactly: numbers are given once and never again, so that what was below a node
/// that was dropped is not found any more, and nothing is ever taken for something else.
///
/// When it is full the memo drops by the clock rule (second chance): what is found sets a mark, the
/// hand clears marks and drops the first row without one. What it finds depends on the order of the
/// calls alone. find() may be called from several threads at once, the others not.
class Memo {
 public:
  using NodeNumber = std::uint64_t;
  static constexpr NodeNumber kAboveRoot = 0;

  /// For as many nodes of `node_words` words as fit `bytes`, rows included.
  Memo(std::uint64_t bytes, std::uint64_t node_words);

  struct Found {
    NodeNumber number;
    std::uint32_t entry;  ///< below capacity()
  };
  /// The node that `symbol` leads to from node number `parent`. O(1).
  [[nodiscard]] std::optional<Found> find(NodeNumber parent, std::uint32_t symbol);

  /// Has what find() will look at first brought near.
  void prefetch(NodeNumber parent, std::uint32_t symbol) const {
    __builtin_prefetch(&slots_[home(hash_of(parent, symbol))]);
  }

  /// The same for what will be dropped next: the slots of so many nodes.
  void prefetch_drops(std::uint64_t count) const;

  struct Kept {
    NodeNumber number;
    std::optional<std::uint32_t> entry;  ///< none where there is no room at all
  };
  /// Keeps a node that is not there, and numbers it. O(1).
  Kept insert(NodeNumber parent, std::uint32_t symbol);
  /// False if the entry's row has been dropped for another one's.
  [[nodiscard]] bool holds(std::uint32_t entry, NodeNumber number) const {
    return entries_[entry].number == number;
  }
  /// Has the entry, and the node that it is of, be free again: its row has not come.
  void forget(std::uint32_t entry);
  /// The number of a node that is not kept.
  NodeNumber new_number() { return ++last_; }

  [[nodiscard]] std::uint64_t size() const { return used_ - free_.size(); }
  [[nodiscard]] std::uint64_t capacity() const { return capacity_; }
  /// Bytes of one node in it.
  static std::uint64_t bytes_per_node(std::uint64_t node_words);

 private:
  struct Entry {
    NodeNumber parent = 0;
    NodeNumber number = 0;  // 0: free
    std::uint32_t symbol = 0;
    std::uint32_t hash = 0;  // of parent and symbol
  };
  struct Slot {
    std::uint32_t entry_plus_one = 0;  // 1 + entry, or 0: free
    std::uint32_t hash = 0;            // the entry's
  };

  static std::uint32_t hash_of(NodeNumber parent, std::uint32_t symbol);
  [[nodiscard]] std::uint64_t home(std::uint32_t hash) const { return hash & mask_; }
  [[nodiscard]] std::uint64_t behind(std::uint64_t place) const { return (place + 1) & mask_; }
  /// Where in `slots_` the node is, or the free place where it would be.
  [[nodiscard]] std::uint64_t place_of(NodeNumber parent, std::uint32_t symbol,
                                       std::uint32_t hash) const;
  void grow();
  void put(std::uint32_t entry, std::uint32_t hash);
  void erase(std::uint32_t entry);
  std::uint32_t free_entry();
  std::uint32_t drop();

  std::uint64_t capacity_;
  TableMemory<Entry> entries_;       // room for all
  TableMemory<std::uint8_t> marks_;  // an entry
  std::uint64_t used_ = 0;           // entries so far
  std::vector<std::uint32_t> free_;  // of them, those whose rows have not come
  // Open addressing. Entries of other nodes are not looked at, unless their hash is the same.
  TableMemory<Slot> slots_;
  std::uint64_t mask_ = 1;  // of places in slots_
  std::uint64_t hand_ = 0;
  NodeNumber last_ = kAboveRoot;
};

}  // namespace wend
