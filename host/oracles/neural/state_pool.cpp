#include "host/oracles/neural/state_pool.hpp"

#include <algorithm>

namespace wend {

StatePool::StatePool(std::uint64_t entries, std::uint32_t depth, std::uint64_t state_floats,
                     float* states)
    : depth_(depth),
      entry_floats_(depth * state_floats),
      entries_(entries),
      symbols_(entries * depth),
      states_(states) {}

StatePool::Found StatePool::find(std::uint32_t slot, std::span<const std::uint32_t> prefix) {
  const std::uint32_t number = entry_of(slot);
  Entry& entry = entries_[number];
  std::uint32_t* symbols = symbols_.data() + std::uint64_t{number} * depth_;
  const auto length = static_cast<std::uint32_t>(prefix.size());
  const std::uint32_t most = std::min(entry.length, length);
  std::uint32_t known = 0;
  while (known < most && symbols[known] == prefix[known]) ++known;
  std::copy(prefix.begin() + known, prefix.end(), symbols + known);
  entry.length = length;
  return {states_ + number * entry_floats_, known};
}

void StatePool::forget() {
  by_slot_.clear();
  used_ = 0;
  newest_ = oldest_ = before_call_ = kNone;
}

std::uint32_t StatePool::entry_of(std::uint32_t slot) {
  const auto found = by_slot_.find(slot);
  std::uint32_t number = used_;
  if (found != by_slot_.end()) {
    number = found->second;
    take_out(number);
  } else {
    if (used_ < entries_.size()) {
      ++used_;
    } else {
      number = to_give_up();
      take_out(number);
      by_slot_.erase(entries_[number].slot);
    }
    entries_[number] = {};
    entries_[number].slot = slot;
    by_slot_[slot] = number;
  }
  entries_[number].asked = ++finds_;
  put_first(number);
  return number;
}

std::uint32_t StatePool::to_give_up() const {
  // The oldest one has been found by this call only if all have been.
  const bool done = finds_ - entries_[oldest_].asked >= kTurns * entries_.size();
  return done || before_call_ == kNone ? oldest_ : before_call_;
}

void StatePool::take_out(std::uint32_t number) {
  const auto [slot, length, newer, older, asked] = entries_[number];
  if (number == before_call_) before_call_ = older;
  (newer == kNone ? newest_ : entries_[newer].older) = older;
  (older == kNone ? oldest_ : entries_[older].newer) = newer;
}

void StatePool::put_first(std::uint32_t number) {
  entries_[number].newer = kNone;
  entries_[number].older = newest_;
  (newest_ == kNone ? oldest_ : entries_[newest_].newer) = number;
  newest_ = number;
}

}  // namespace wend
