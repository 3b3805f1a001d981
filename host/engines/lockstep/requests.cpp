#include "host/engines/lockstep/requests.hpp"

#include <algorithm>
#include <bit>

namespace wend {
namespace {

// Slots of the table are fetched before they are looked at.
constexpr std::size_t kAhead = 8;

bool same_node(const WaitingChain& a, const WaitingChain& b) {
  return a.depth == b.depth && std::equal(a.prefix, a.prefix + a.depth, b.prefix);
}

}  // namespace

Requests::Requests(std::uint64_t chains) : hashes_(1), table_(2 * std::bit_ceil(chains | 1U)) {}

void Requests::clear() {
  const std::uint64_t mask = table_.size() - 1;
  if (hashes_.size() > table_.size() / 32) {
    std::ranges::fill(table_, 0U);
  } else {
    for (const std::uint64_t hash : hashes_)
      for (std::uint64_t place = hash & mask; table_[place] != 0; place = (place + 1) & mask)
        table_[place] = 0;
  }
  nodes_.clear();
  sharers_.clear();
  hashes_.resize(1);
}

// Whether another chain has asked for a row no CPU can predict: no branch of the first loop hangs
// on it, and names are compared behind it.
void Requests::add(std::span<const WaitingChain> waiting, std::span<const Wanted> rows) {
  const std::uint64_t mask = table_.size() - 1;
  nodes_.resize(rows.size());
  hashes_.resize(rows.size() + 1);
  sharers_.resize(rows.size());
  std::uint32_t asked = 0;
  std::size_t shared = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i + kAhead < rows.size()) __builtin_prefetch(&table_[rows[i + kAhead].hash & mask]);
    const auto& [place, hash] = rows[i];
    std::uint64_t slot = hash & mask;
    hashes_[0] = hash;  // where there is none the search ends too
    while (hashes_[table_[slot]] != hash) slot = (slot + 1) & mask;
    const std::uint32_t found = table_[slot];
    const std::uint32_t is_new = found == 0 ? 1 : 0;
    nodes_[asked] = place;
    hashes_[asked + 1] = hash;
    sharers_[shared] = {place, found - 1};
    asked += is_new;
    shared += 1 - is_new;
    table_[slot] = is_new != 0 ? asked : found;
  }
  nodes_.resize(asked);
  hashes_.resize(asked + 1);
  sharers_.resize(shared);
  const bool right = std::ranges::all_of(sharers_, [&](const Sharer& sharer) {
    return same_node(waiting[sharer.place], waiting[nodes_[sharer.request]]);
  });
  if (right) return;
  clear();
  add_by_names(waiting, rows);
}

// Where two prefixes have one hash.
void Requests::add_by_names(std::span<const WaitingChain> waiting, std::span<const Wanted> rows) {
  const std::uint64_t mask = table_.size() - 1;
  for (const Wanted& row : rows) {
    const auto is_asked = [&](std::uint32_t request) {
      return hashes_[request + 1] == row.hash &&
             same_node(waiting[row.place], waiting[nodes_[request]]);
    };
    std::uint64_t slot = row.hash & mask;
    while (table_[slot] != 0 && !is_asked(table_[slot] - 1)) slot = (slot + 1) & mask;
    if (table_[slot] != 0) {
      sharers_.push_back({row.place, table_[slot] - 1});
      continue;
    }
    nodes_.push_back(row.place);
    hashes_.push_back(row.hash);
    table_[slot] = static_cast<std::uint32_t>(nodes_.size());
  }
}

}  // namespace wend
