#include "host/oracles/aho_corasick.hpp"

namespace wend {

AhoCorasick::AhoCorasick(std::uint32_t alphabet)
    : alphabet_(alphabet), next_(alphabet, kNone), first_pattern_(1, kNone) {}

std::uint64_t AhoCorasick::table_bytes(std::uint32_t alphabet, std::uint64_t total_length) {
  return (total_length + 1) * (std::uint64_t{alphabet} + 2) * sizeof(std::uint32_t);
}

std::uint32_t AhoCorasick::insert(std::uint32_t state, std::uint32_t symbol) {
  const std::size_t entry = static_cast<std::size_t>(state) * alphabet_ + symbol;
  if (next_[entry] == kNone) {
    next_[entry] = states();
    first_pattern_.push_back(kNone);
    next_.resize(next_.size() + alphabet_, kNone);
  }
  return next_[entry];
}

void AhoCorasick::name(std::uint32_t state) {
  same_pattern_.push_back(first_pattern_[state]);
  first_pattern_[state] = static_cast<std::uint32_t>(same_pattern_.size() - 1);
}

// Breadth-first, so that a state's longest proper suffix, which is shorter, is complete before it.
void AhoCorasick::link() {
  shorter_match_.assign(states(), kStart);
  std::vector<std::uint32_t> suffix(states(), kStart);
  std::vector<std::uint32_t> queue = {kStart};
  queue.reserve(states());
  for (std::size_t head = 0; head < queue.size(); ++head) {
    const std::uint32_t state = queue[head];
    const std::uint32_t shorter = suffix[state];
    shorter_match_[state] = first_pattern_[shorter] == kNone ? shorter_match_[shorter] : shorter;
    for (std::uint32_t c = 0; c < alphabet_; ++c) {
      std::uint32_t& child = next_[static_cast<std::size_t>(state) * alphabet_ + c];
      const std::uint32_t fallback = state == kStart ? kStart : next(shorter, c);
      if (child == kNone) {
        child = fallback;
      } else {
        suffix[child] = fallback;
        queue.push_back(child);
      }
    }
  }
}

}  // namespace wend
