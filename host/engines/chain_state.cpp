#include "wend/chain_state.hpp"

#include <fmt/core.h>

#include "host/engines/engine.hpp"
#include "wend/error.hpp"

namespace wend {

void check_state(const ChainState& state, const Oracle& oracle, std::uint64_t chains) {
  const std::uint32_t words = path_words(oracle);
  const auto fits = [&](const auto& array) { return array.size() == chains; };
  if (!fits(state.node) || !fits(state.depth) || !fits(state.arrived_up) ||
      !fits(state.countdown) || !fits(state.steps) || !fits(state.moves_up) ||
      !fits(state.expansions) || !fits(state.leaf_visits) || !fits(state.samples) ||
      state.path_words != words || state.path.size() != chains * words)
    throw Error(
        ErrorKind::kUsage,
        fmt::format("a chain state that is not of {} chains with {} path words", chains, words));
}

}  // namespace wend
