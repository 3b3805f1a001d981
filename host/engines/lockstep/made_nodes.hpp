#pragma once

#include <algorithm>
#include <cstdint>

#include "host/base/table_memory.hpp"

namespace wend {

/// Whole nodes that have been made again of what a memo keeps of them, by its entries: what is
/// wanted over and over is copied from here. A node comes here when it is made the second time, in
/// the place of the one that has been here longest, unless that is read in the same round. What
/// lies here changes how long a recall takes, and never what is drawn.
///
/// One thread calls; what the calls of one round have told several may do at once.
class MadeNodes {
 public:
  /// Of a memo of so many entries, nodes of `words` words, in `bytes`.
  MadeNodes(std::uint64_t bytes, std::uint64_t words, std::uint64_t entries)
      : words_per_node_(words),
        where_(entries * sizeof(std::uint32_t) < bytes ? entries : 0),
        places_(std::min((bytes - where_.bytes()) / (words * sizeof(std::uint32_t) + sizeof(Place)),
                         where_.size())),
        words_(places_.size() * words) {}

  struct Node {
    std::uint32_t* words;  ///< null: it is not here, and is not to be
    bool here;             ///< else whoever makes it writes it there
  };
  /// What is told from here on is of another round.
  void begin_round() { ++round_; }
  /// Of an entry's node. What is read in a round is not written in it, and the other way round.
  Node find(std::uint32_t entry) {
    if (places_.size() == 0) return {nullptr, false};
    std::uint32_t& where = where_[entry];
    if (where >= kFirst) {
      Place& place = places_[where - kFirst];
      if (place.written == round_) return {nullptr, false};
      place.read = round_;
      return {node(where - kFirst), true};
    }
    if (where == kNever) {
      where = kOnce;
      return {nullptr, false};
    }
    const std::uint32_t number = next_;
    next_ = number + 1 == places_.size() ? 0 : number + 1;
    Place& place = places_[number];
    if (place.read == round_ || place.written == round_) return {nullptr, false};
    if (place.written != 0 && where_[place.entry] == number + kFirst) where_[place.entry] = kOnce;
    place = {entry, round_, 0};
    where = number + kFirst;
    return {node(number), false};
  }
  /// The entry is another node's now.
  void forget(std::uint32_t entry) {
    if (places_.size() != 0) where_[entry] = kNever;
  }

 private:
  // Of an entry's node: how often it was made again, or where it is.
  static constexpr std::uint32_t kNever = 0;
  static constexpr std::uint32_t kOnce = 1;
  static constexpr std::uint32_t kFirst = 2;  // and so on, a place each
  struct Place {
    std::uint32_t entry;
    std::uint64_t written;  // the round, from 1 on
    std::uint64_t read;     // the last one
  };
  std::uint32_t* node(std::uint64_t place) { return words_.data() + place * words_per_node_; }

  std::uint64_t words_per_node_;
  TableMemory<std::uint32_t> where_;  // an entry
  TableMemory<Place> places_;
  TableMemory<std::uint32_t> words_;
  std::uint32_t next_ = 0;
  std::uint64_t round_ = 0;
};

}  // namespace wend
