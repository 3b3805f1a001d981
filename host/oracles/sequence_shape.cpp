#include "host/oracles/sequence_shape.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "wend/error.hpp"

namespace wend {

void check_shape(const SequenceShape& shape, const std::string& where) {
  const auto refuse = [&](const std::string& reason) {
    throw Error(ErrorKind::kUsage, where, reason);
  };
  if (shape.alphabet == 0) refuse("an alphabet of no symbols");
  if (shape.horizon == 0) refuse("a horizon of 0");
  for (const std::uint32_t symbol : shape.end)
    if (symbol >= shape.alphabet)
      refuse(fmt::format("the end symbol {} is none of {}", symbol, shape.alphabet));
  if (!shape.symbol_bytes.empty() && shape.symbol_bytes.size() != shape.alphabet)
    refuse(fmt::format("bytes of {} symbols for {}", shape.symbol_bytes.size(), shape.alphabet));
}

std::vector<std::uint32_t> sorted_ends(const SequenceShape& shape) {
  std::vector<std::uint32_t> ends = shape.end;
  std::ranges::sort(ends);
  ends.erase(std::unique(ends.begin(), ends.end()), ends.end());
  return ends;
}

}  // namespace wend
