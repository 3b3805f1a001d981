#include "host/instances/ngram/aho_corasick.hpp"

namespace wend {

AhoCorasick::AhoCorasick(std::uint32_t alphabet,
                         std::span<const std::vector<std::uint32_t>> patterns)
    : alphabet_(alphabet),
      next_(alphabet, kNone),
      first_pattern_(1, kNone),
      same_pattern_(patterns.size(), kNone) {
  for (std::uint32_t p = 0; p < patterns.size(); ++p) insert(patterns[p], p);
  link();
}

std::uint64_t AhoCorasick::table_bytes(std::uint32_t alphabet, std::uint64_t total_length) {
  return (total_length + 1) * (std::uint64_t{alphabet} + 2) * sizeof(std::uint32_t);
}

void AhoCorasick::insert(std::span<const std::uint32_t> pattern, std::uint32_t number) {
  std::uint32_t state = kStart;
  for (const std::uint32_t symbol : pattern) {
    const std::size_t entry = static_cast<std::size_t>(state) * alphabet_ + symbol;
    if (next_[entry] == kNone) {
      next_[entry] = states();
      first_pattern_.push_back(kNone);
      next_.resize(next_.size() + alphabet_, kNone);
    }
    state = next_[entry];
  }
  same_pattern_[number] = first_pattern_[state];
  first_pattern_[state] = number;
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
