#include "host/engines/lockstep/memo.hpp"

#include <algorithm>
#include <atomic>

#include "kernels/random/prefix_noise.hpp"

namespace wend {
namespace {

constexpr std::uint64_t kMostEntries = std::uint64_t{1} << 31U;

}  // namespace

std::uint64_t Memo::bytes_per_node(std::uint64_t node_words) {
  // Entries and slots are moved as they grow; of slots there are up to four times as many.
  return node_words * sizeof(std::uint32_t) + 2 * sizeof(Entry) + 6 * sizeof(std::uint32_t);
}

Memo::Memo(std::uint64_t bytes, std::uint64_t node_words)
    : capacity_(std::min(bytes / bytes_per_node(node_words), kMostEntries)), slots_(2) {}

std::uint64_t Memo::home(NodeNumber parent, std::uint32_t symbol) const {
  return kernels::extend_prefix(parent, symbol) & (slots_.size() - 1);
}

std::uint64_t Memo::place_of(NodeNumber parent, std::uint32_t symbol) const {
  std::uint64_t place = home(parent, symbol);
  while (slots_[place] != 0) {
    const Entry& entry = entries_[slots_[place] - 1];
    if (entry.parent == parent && entry.symbol == symbol) return place;
    place = (place + 1) & (slots_.size() - 1);
  }
  return place;
}

std::optional<Memo::Found> Memo::find(NodeNumber parent, std::uint32_t symbol) {
  const std::uint32_t slot = slots_[place_of(parent, symbol)];
  if (slot == 0) return std::nullopt;
  Entry& entry = entries_[slot - 1];
  // Several threads may find it: all of them set the same mark.
  std::atomic_ref(entry.marked).store(1, std::memory_order_relaxed);
  return Found{entry.number, slot - 1};
}

Memo::Kept Memo::insert(NodeNumber parent, std::uint32_t symbol) {
  const NodeNumber number = ++last_;
  if (capacity_ == 0) return {number, std::nullopt};
  const std::uint64_t entry = free_entry();
  entries_[entry] = {parent, number, symbol, 0};
  slots_[place_of(parent, symbol)] = static_cast<std::uint32_t>(entry + 1);
  return {number, static_cast<std::uint32_t>(entry)};
}

void Memo::forget(std::uint32_t entry) {
  erase(entry);
  entries_[entry] = {};
}

std::uint64_t Memo::free_entry() {
  if (entries_.size() < capacity_) {
    if (2 * (entries_.size() + 1) > slots_.size()) grow();
    entries_.emplace_back();
    return entries_.size() - 1;
  }
  while (entries_[hand_].marked != 0) {
    entries_[hand_].marked = 0;
    hand_ = (hand_ + 1) % entries_.size();
  }
  const std::uint64_t dropped = hand_;
  hand_ = (hand_ + 1) % entries_.size();
  if (entries_[dropped].number != 0) erase(dropped);
  return dropped;
}

void Memo::grow() {
  slots_.assign(2 * slots_.size(), 0);
  for (std::uint64_t entry = 0; entry < entries_.size(); ++entry) {
    if (entries_[entry].number == 0) continue;
    slots_[place_of(entries_[entry].parent, entries_[entry].symbol)] =
        static_cast<std::uint32_t>(entry + 1);
  }
}

// Moves up what lies behind it and would not be found across the gap (Knuth, 6.4, algorithm R).
void Memo::erase(std::uint64_t entry) {
  const std::uint64_t mask = slots_.size() - 1;
  std::uint64_t gap = place_of(entries_[entry].parent, entries_[entry].symbol);
  for (std::uint64_t place = (gap + 1) & mask; slots_[place] != 0; place = (place + 1) & mask) {
    const Entry& other = entries_[slots_[place] - 1];
    const std::uint64_t wanted = home(other.parent, other.symbol);
    // Unless it is at home between the gap and where it is, both ends of the circle considered.
    if (((place - wanted) & mask) < ((place - gap) & mask)) continue;
    slots_[gap] = slots_[place];
    gap = place;
  }
  slots_[gap] = 0;
}

}  // namespace wend
