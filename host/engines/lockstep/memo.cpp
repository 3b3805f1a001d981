#include "host/engines/lockstep/memo.hpp"

#include <algorithm>
#include <atomic>

#include "kernels/random/prefix_noise.hpp"

namespace wend {
namespace {

constexpr std::uint64_t kMostEntries = std::uint64_t{1} << 31U;
// Nodes whose slots are fetched before they are moved.
constexpr std::uint32_t kSlotsAhead = 16;

}  // namespace

std::uint64_t Memo::bytes_per_node(std::uint64_t node_words) {
  // Of slots there are up to four times as many, and while they are moved half of that again.
  return node_words * sizeof(std::uint32_t) + sizeof(Entry) + 1 + 6 * sizeof(Slot);
}

Memo::Memo(std::uint64_t bytes, std::uint64_t node_words)
    : capacity_(std::min(bytes / bytes_per_node(node_words), kMostEntries)),
      entries_(capacity_),
      marks_(capacity_),
      slots_(2) {}

std::uint32_t Memo::hash_of(NodeNumber parent, std::uint32_t symbol) {
  return static_cast<std::uint32_t>(kernels::extend_prefix(parent, symbol));
}

std::uint64_t Memo::place_of(NodeNumber parent, std::uint32_t symbol, std::uint32_t hash) const {
  std::uint64_t place = home(hash);
  while (slots_[place].entry_plus_one != 0) {
    if (slots_[place].hash == hash) {
      const Entry& node = entries_[slots_[place].entry_plus_one - 1];
      if (node.parent == parent && node.symbol == symbol) return place;
    }
    place = behind(place);
  }
  return place;
}

std::optional<Memo::Found> Memo::find(NodeNumber parent, std::uint32_t symbol) {
  const Slot& slot = slots_[place_of(parent, symbol, hash_of(parent, symbol))];
  if (slot.entry_plus_one == 0) return std::nullopt;
  const std::uint32_t at = slot.entry_plus_one - 1;
  // Several threads may find it: all of them set the same mark.
  std::atomic_ref(marks_[at]).store(1, std::memory_order_relaxed);
  return Found{entries_[at].number, at};
}

Memo::Kept Memo::insert(NodeNumber parent, std::uint32_t symbol) {
  const NodeNumber number = ++last_;
  if (capacity_ == 0) return {number, std::nullopt};
  const std::uint32_t entry = free_entry();
  const std::uint32_t hash = hash_of(parent, symbol);
  entries_[entry] = {parent, number, symbol, hash};
  marks_[entry] = 0;
  put(entry, hash);
  return {number, entry};
}

void Memo::put(std::uint32_t entry, std::uint32_t hash) {
  std::uint64_t place = home(hash);
  while (slots_[place].entry_plus_one != 0) place = behind(place);
  slots_[place] = {entry + 1, hash};
}

void Memo::forget(std::uint32_t entry) {
  erase(entry);
  entries_[entry] = {};
  free_.push_back(entry);
}

std::uint32_t Memo::free_entry() {
  if (!free_.empty()) {
    const std::uint32_t entry = free_.back();
    free_.pop_back();
    return entry;
  }
  if (used_ < capacity_) {
    if (2 * (used_ + 1) > slots_.size()) grow();
    return static_cast<std::uint32_t>(used_++);
  }
  return drop();
}

// Of those that come next, unless some have marks.
void Memo::prefetch_drops(std::uint64_t count) const {
  if (used_ < capacity_) return;
  const std::uint64_t end = std::min(hand_ + count, capacity_);
  for (std::uint64_t entry = hand_; entry < end; ++entry)
    __builtin_prefetch(&slots_[home(entries_[entry].hash)], 1);
}

std::uint32_t Memo::drop() {
  const auto next = [&](std::uint64_t entry) { return entry + 1 == capacity_ ? 0 : entry + 1; };
  while (marks_[hand_] != 0) {
    marks_[hand_] = 0;
    hand_ = next(hand_);
  }
  const auto dropped = static_cast<std::uint32_t>(hand_);
  hand_ = next(hand_);
  erase(dropped);
  return dropped;
}

void Memo::grow() {
  slots_ = TableMemory<Slot>(2 * slots_.size());
  mask_ = slots_.size() - 1;
  for (std::uint32_t entry = 0; entry < used_; ++entry) {
    if (entry + kSlotsAhead < used_)
      __builtin_prefetch(&slots_[home(entries_[entry + kSlotsAhead].hash)], 1);
    if (entries_[entry].number != 0) put(entry, entries_[entry].hash);
  }
}

// Moves up what lies behind it and would not be found across the gap (Knuth, 6.4, algorithm R).
void Memo::erase(std::uint32_t entry) {
  std::uint64_t gap = home(entries_[entry].hash);
  while (slots_[gap].entry_plus_one != entry + 1) gap = behind(gap);
  for (std::uint64_t place = behind(gap); slots_[place].entry_plus_one != 0;
       place = behind(place)) {
    const std::uint64_t wanted = home(slots_[place].hash);
    // Unless it is at home between the gap and where it is, both ends of the circle considered.
    if (((place - wanted) & mask_) < ((place - gap) & mask_)) continue;
    slots_[gap] = slots_[place];
    gap = place;
  }
  slots_[gap] = {};
}

}  // namespace wend
