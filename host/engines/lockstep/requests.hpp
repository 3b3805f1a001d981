#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "host/engines/lockstep/store.hpp"

namespace wend {

/// The nodes that a round asks for: each once, for the first of the chains that wait there.
class Requests {
 public:
  explicit Requests(std::uint64_t chains);

  void clear();
  /// A chain, by its place among the waiting ones, whose row is needed.
  struct Wanted {
    std::uint32_t place;
    std::uint64_t hash;  ///< of the prefix where it stands
  };
  /// The rows that are needed, by ascending places, of a round: once after clear(). O(1) each, or
  /// O(depth) where another chain has asked for it.
  void add(std::span<const WaitingChain> waiting, std::span<const Wanted> rows);

  /// A chain whose row another one asks for.
  struct Sharer {
    std::uint32_t place;
    std::uint32_t request;  ///< its number in nodes()
  };
  /// The chains that ask, by their places among the waiting ones, ascending.
  [[nodiscard]] std::span<const std::uint32_t> nodes() const { return nodes_; }
  [[nodiscard]] std::span<const Sharer> sharers() const { return sharers_; }

 private:
  void add_by_names(std::span<const WaitingChain> waiting, std::span<const Wanted> rows);

  std::vector<std::uint32_t> nodes_;
  std::vector<Sharer> sharers_;
  std::vector<std::uint64_t> hashes_;  // of nodes_, from element 1 on
  std::vector<std::uint32_t> table_;   // open addressing: 1 + request, or 0
};

}  // namespace wend
