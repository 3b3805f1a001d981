#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "host/base/table_memory.hpp"

namespace wend {

/// States of the last prefixes of some slots, by depth: what a network keeps of them. A slot that
/// finds no room any more takes that of another one, whose prefix is then read anew the next time:
/// it costs time and changes nothing. Prefixes are compared symbol by symbol, so that nothing
/// depends on what a slot was told before.
///
/// Slots are asked in turns, one after the other. So the place that is given up is that of the last
/// slot before this call, which is asked again later than all others: of n slots in turns and m
/// places m / n are found, where giving up the least recent one finds none. Slots that have not
/// been asked for kTurns times the places' number are done, and go first.
class StatePool {
 public:
  /// Room for `entries` prefixes of up to `depth` symbols, of state_floats each, in `states`,
  /// memory of whoever reads and writes them.
  StatePool(std::uint64_t entries, std::uint32_t depth, std::uint64_t state_floats, float* states);
  /// Floats that it wants.
  static std::uint64_t floats(std::uint64_t entries, std::uint32_t depth,
                              std::uint64_t state_floats) {
    return entries * depth * state_floats;
  }

  struct Found {
    float* states;        ///< of all depths
    std::uint32_t known;  ///< symbols of the prefix whose states are there
  };
  /// Begins a call: what it finds is kept until the next one. At most `entries` slots a call.
  void begin_call() { before_call_ = newest_; }
  /// The place of a slot, which has `prefix` from now on. O(depth).
  Found find(std::uint32_t slot, std::span<const std::uint32_t> prefix);
  /// Everything.
  void forget();

 private:
  static constexpr std::uint32_t kNone = 0xFFFFFFFFU;
  static constexpr std::uint64_t kTurns = 8;

  struct Entry {
    std::uint32_t slot = 0;
    std::uint32_t length = 0;     ///< symbols that it has
    std::uint32_t newer = kNone;  ///< the entries that were asked just after and just before it
    std::uint32_t older = kNone;
    std::uint64_t asked = 0;  ///< the number of that find()
  };
  std::uint32_t entry_of(std::uint32_t slot);
  /// An entry that this call has not found, whose slot is to go.
  [[nodiscard]] std::uint32_t to_give_up() const;
  void take_out(std::uint32_t number);
  void put_first(std::uint32_t number);

  std::uint32_t depth_;
  std::uint64_t entry_floats_;
  std::vector<Entry> entries_;
  TableMemory<std::uint32_t> symbols_;  // entries x depth
  float* states_;
  std::unordered_map<std::uint32_t, std::uint32_t> by_slot_;
  std::uint32_t used_ = 0;
  std::uint32_t newest_ = kNone;
  std::uint32_t oldest_ = kNone;
  std::uint32_t before_call_ = kNone;  // the newest of those that this call has not found
  std::uint64_t finds_ = 0;
};

}  // namespace wend
