#include "host/oracles/spelling.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <string>

namespace wend {

Spelling::Spelling(const Automaton& automaton, const SequenceShape& shape) {
  const auto column = [&](std::uint32_t letter) {
    return automaton.column.empty() ? letter : automaton.column[letter];
  };
  begin_.push_back(0);
  for (std::uint32_t symbol = 0; symbol < shape.alphabet; ++symbol) {
    if (shape.symbol_bytes.empty()) {
      letters_.push_back(column(symbol));
    } else {
      for (const char byte : shape.symbol_bytes[symbol])
        letters_.push_back(column(static_cast<unsigned char>(byte)));
    }
    begin_.push_back(letters_.size());
  }

  std::vector<std::uint32_t> order(shape.alphabet);
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::sort(order, [&](std::uint32_t a, std::uint32_t b) {
    return std::ranges::lexicographical_compare(letters(a), letters(b));
  });
  std::span<const std::uint32_t> last;
  for (const std::uint32_t symbol : order) {
    const std::span<const std::uint32_t> own = letters(symbol);
    const auto shared =
        static_cast<std::size_t>(std::ranges::mismatch(own, last).in1 - own.begin());
    sorted_.push_back(
        {symbol, static_cast<std::uint32_t>(shared), static_cast<std::uint32_t>(own.size())});
    sorted_letters_.insert(sorted_letters_.end(), own.begin() + static_cast<std::ptrdiff_t>(shared),
                           own.end());
    longest_ = std::max(longest_, static_cast<std::uint32_t>(own.size()));
    last = own;
  }
}

std::uint32_t Spelling::follow(const Automaton& automaton,
                               std::span<const std::uint32_t> symbols) const {
  const std::size_t columns = automaton.next.size() / automaton.accepting.size();
  std::uint32_t state = 0;
  for (const std::uint32_t symbol : symbols) {
    for (const std::uint32_t letter : letters(symbol)) {
      state = automaton.next[state * columns + letter];
      if (state == Automaton::kNowhere) return state;
    }
  }
  return state;
}

}  // namespace wend
