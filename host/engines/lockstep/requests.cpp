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

Requests::Requests(std::uint64_t chains) : table_(2 * std::bit_ceil(chains | 1U)) {}

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
  hashes_.clear();
}

void Requests::add(std::span<const WaitingChain> waiting, std::span<const Wanted> rows) {
  const std::uint64_t mask = table_.size() - 1;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i + kAhead < rows.size()) __builtin_prefetch(&table_[rows[i + kAhead].hash & mask]);
    const auto& [place, hash] = rows[i];
    std::uint64_t slot = hash & mask;
    while (table_[slot] != 0) {
      const std::uint32_t request = table_[slot] - 1;
      if (hashes_[request] == hash && same_node(waiting[place], waiting[nodes_[request]])) {
        sharers_.push_back({place, request});
        break;
      }
      slot = (slot + 1) & mask;
    }
    if (table_[slot] != 0) continue;
    table_[slot] = static_cast<std::uint32_t>(nodes_.size() + 1);
    hashes_.push_back(hash);
    nodes_.push_back(place);
  }
}

}  // namespace wend
