#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "host/base/table_memory.hpp"

namespace wend {

/// States of the last prefixes of some slots, by depth: what a network keeps of them. A slot that
/// finds no room any more takes that of the slot that was asked least recently, whose prefix is
/// then read anew the next time: it costs time and changes nothing. Prefixes are compared symbol by
/// symbol, so that nothing depends on what a slot was told before.
class StatePool {
 public:
  /// Room for `entries` prefixes of up to `depth` symbols, of state_floats each. Memory is taken as
  /// it is used.
  StatePool(std::uint64_t entries, std::uint32_t depth, std::uint64_t state_floats);

  struct Found {
    float* states;        ///< of all depths
    std::uint32_t known;  ///< symbols of the prefix whose states are there
  };
  /// Begins a call: what it finds is kept until the next one. At most `entries` slots a call.
  void begin_call() { ++call_; }
  /// The place of a slot, which has `prefix` from now on. O(depth), and O(entries) to take
  /// another's.
  Found find(std::uint32_t slot, std::span<const std::uint32_t> prefix);
  /// Everything.
  void forget() {
    by_slot_.clear();
    used_ = 0;
  }

 private:
  struct Entry {
    std::uint32_t slot = 0;
    std::uint32_t length = 0;  ///< symbols that it has
    std::uint64_t call = 0;    ///< the last one; 0: never
  };
  std::uint64_t entry_of(std::uint32_t slot);

  std::uint32_t depth_;
  std::uint64_t entry_floats_;
  std::uint64_t call_ = 0;
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> symbols_;  // entries x depth
  TableMemory<float> states_;
  std::unordered_map<std::uint32_t, std::uint64_t> by_slot_;
  std::uint64_t used_ = 0;
};

}  // namespace wend
