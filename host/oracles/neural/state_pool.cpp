#include "host/oracles/neural/state_pool.hpp"

#include <algorithm>

namespace wend {

StatePool::StatePool(std::uint64_t entries, std::uint32_t depth, std::uint64_t state_floats)
    : depth_(depth),
      entry_floats_(depth * state_floats),
      entries_(entries),
      symbols_(entries * depth),
      states_(entries * entry_floats_) {}

StatePool::Found StatePool::find(std::uint32_t slot, std::span<const std::uint32_t> prefix) {
  const std::uint64_t number = entry_of(slot);
  Entry& entry = entries_[number];
  std::uint32_t* symbols = symbols_.data() + number * depth_;
  const auto length = static_cast<std::uint32_t>(prefix.size());
  const std::uint32_t most = std::min(entry.length, length);
  std::uint32_t known = 0;
  while (known < most && symbols[known] == prefix[known]) ++known;
  std::copy(prefix.begin() + known, prefix.end(), symbols + known);
  entry.length = length;
  entry.call = call_;
  return {states_.data() + number * entry_floats_, known};
}

std::uint64_t StatePool::entry_of(std::uint32_t slot) {
  const auto found = by_slot_.find(slot);
  if (found != by_slot_.end()) return found->second;
  std::uint64_t number = used_;
  if (used_ < entries_.size()) {
    ++used_;
  } else {
    number = static_cast<std::uint64_t>(std::ranges::min_element(entries_, {}, &Entry::call) -
                                        entries_.begin());
    by_slot_.erase(entries_[number].slot);
  }
  entries_[number] = {slot, 0, 0};
  by_slot_[slot] = number;
  return number;
}

}  // namespace wend
