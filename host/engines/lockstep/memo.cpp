#include "host/engines/lockstep/memo.hpp"

#include <algorithm>
#include <atomic>
#include <bit>

#include "kernels/random/prefix_noise.hpp"

namespace wend {
namespace {

constexpr std::uint64_t kMostEntries = std::uint64_t{1} << 31U;
// What is dropped is looked for in the slots: they are fetched twice so many rows before, and the
// nodes behind it so many.
constexpr std::uint64_t kRowsAhead = 6;

}  // namespace

std::uint64_t Memo::bytes_per_node(std::uint64_t node_words) {
  // Of slots there are up to four times as many, and while they are moved half of that again.
  return node_words * sizeof(std::uint32_t) + sizeof(Entry) + 1 + 6 * sizeof(std::uint32_t);
}

Memo::Memo(std::uint64_t bytes, std::uint64_t node_words)
    : capacity_(std::min(bytes / bytes_per_node(node_words), kMostEntries)),
      entry_bits_(static_cast<unsigned>(std::bit_width(capacity_))),
      entries_(capacity_),
      marks_(capacity_),
      slots_(2) {}

std::uint64_t Memo::hash_of(NodeNumber parent, std::uint32_t symbol) {
  return kernels::extend_prefix(parent, symbol);
}

std::uint64_t Memo::place_of(NodeNumber parent, std::uint32_t symbol, std::uint64_t hash) const {
  std::uint64_t place = home(hash);
  while (slots_[place] != 0) {
    const std::uint64_t at = entry_of(slots_[place]);
    if (slots_[place] == slot_of(at, hash) && entries_[at].parent == parent &&
        entries_[at].symbol == symbol)
      return place;
    place = (place + 1) & (slots_.size() - 1);
  }
  return place;
}

std::optional<Memo::Found> Memo::find(NodeNumber parent, std::uint32_t symbol) {
  const std::uint32_t slot = slots_[place_of(parent, symbol, hash_of(parent, symbol))];
  if (slot == 0) return std::nullopt;
  const std::uint64_t at = entry_of(slot);
  // Several threads may find it: all of them set the same mark.
  std::atomic_ref(marks_[at]).store(1, std::memory_order_relaxed);
  return Found{entries_[at].number, static_cast<std::uint32_t>(at)};
}

Memo::Kept Memo::insert(NodeNumber parent, std::uint32_t symbol) {
  const NodeNumber number = ++last_;
  if (capacity_ == 0) return {number, std::nullopt};
  const std::uint64_t entry = free_entry();
  const std::uint64_t hash = hash_of(parent, symbol);
  entries_[entry] = {parent, number, symbol, static_cast<std::uint32_t>(hash)};
  marks_[entry] = 0;
  slots_[place_of(parent, symbol, hash)] = slot_of(entry, hash);
  return {number, static_cast<std::uint32_t>(entry)};
}

void Memo::forget(std::uint32_t entry) {
  erase(entry);
  entries_[entry] = {};
  free_.push_back(entry);
}

std::uint64_t Memo::free_entry() {
  if (!free_.empty()) {
    const std::uint64_t entry = free_.back();
    free_.pop_back();
    return entry;
  }
  if (used_ < capacity_) {
    if (2 * (used_ + 1) > slots_.size()) grow();
    return used_++;
  }
  return drop();
}

// The slots of what will be dropped, and later the nodes behind it, which erase() looks at.
void Memo::prefetch_drop() const {
  if (hand_ + 2 * kRowsAhead >= capacity_) return;
  __builtin_prefetch(&slots_[home(entries_[hand_ + 2 * kRowsAhead].hash)]);
  std::uint64_t place = home(entries_[hand_ + kRowsAhead].hash);
  for (int i = 0; i < 3 && slots_[place] != 0; ++i) {
    __builtin_prefetch(&entries_[entry_of(slots_[place])]);
    place = (place + 1) & (slots_.size() - 1);
  }
}

std::uint64_t Memo::drop() {
  const auto next = [&](std::uint64_t entry) { return entry + 1 == capacity_ ? 0 : entry + 1; };
  while (marks_[hand_] != 0) {
    marks_[hand_] = 0;
    hand_ = next(hand_);
  }
  const std::uint64_t dropped = hand_;
  hand_ = next(hand_);
  prefetch_drop();
  erase(dropped);
  return dropped;
}

void Memo::grow() {
  slots_ = TableMemory<std::uint32_t>(2 * slots_.size());
  for (std::uint64_t entry = 0; entry < used_; ++entry) {
    const Entry& node = entries_[entry];
    if (node.number == 0) continue;
    const std::uint64_t hash = hash_of(node.parent, node.symbol);
    slots_[place_of(node.parent, node.symbol, hash)] = slot_of(entry, hash);
  }
}

// Moves up what lies behind it and would not be found across the gap (Knuth, 6.4, algorithm R).
void Memo::erase(std::uint64_t entry) {
  const std::uint64_t mask = slots_.size() - 1;
  std::uint64_t gap = home(entries_[entry].hash);
  while (slots_[gap] == 0 || entry_of(slots_[gap]) != entry) gap = (gap + 1) & mask;
  for (std::uint64_t place = (gap + 1) & mask; slots_[place] != 0; place = (place + 1) & mask) {
    const std::uint64_t wanted = home(entries_[entry_of(slots_[place])].hash);
    // Unless it is at home between the gap and where it is, both ends of the circle considered.
    if (((place - wanted) & mask) < ((place - gap) & mask)) continue;
    slots_[gap] = slots_[place];
    gap = place;
  }
  slots_[gap] = 0;
}

}  // namespace wend
