#include "wend/chain_state.hpp"

#include <fmt/core.h>

#include "host/engines/engine.hpp"
#include "kernels/views/tree.hpp"
#include "wend/error.hpp"

namespace wend {

ChainState chains_at_root(const Oracle& oracle, std::uint64_t chains, std::uint32_t first_visits) {
  ChainState state;
  for_each_column([chains](auto& column) { column.assign(chains, 0); }, state);
  // Only trees number their nodes, all of them from the same root, whatever their rows are.
  if (std::holds_alternative<TreeOracle>(oracle))
    state.node.assign(chains, kernels::TreeView<kernels::AliasRows>::kRoot);
  state.countdown.assign(chains, first_visits);
  state.expansions.assign(chains, 1);
  state.path_words = path_words(oracle);
  state.path.assign(chains * state.path_words, 0);
  return state;
}

void check_state(const ChainState& state, const Oracle& oracle, std::uint64_t chains) {
  check_state(state, path_words(oracle), chains);
}

void check_state(const ChainState& state, std::uint32_t words, std::uint64_t chains) {
  bool fits = state.path_words == words && state.path.size() == chains * words;
  for_each_column([&](const auto& column) { fits = fits && column.size() == chains; }, state);
  if (!fits)
    throw Error(
        ErrorKind::kUsage,
        fmt::format("a chain state that is not of {} chains with {} path words", chains, words));
}

void refuse_models(const Oracle& oracle) {
  if (const auto* model = std::get_if<ModelOracle>(&oracle))
    throw Error(ErrorKind::kUsage, fmt::format("the oracle \"{}\" has no tables, which this needs",
                                               model->model->traits().name));
}

kernels::ChainArrays arrays_of(ChainState& state) {
  kernels::ChainArrays arrays{};
  for_each_column([](auto*& pointer, auto& column) { pointer = column.data(); }, arrays, state);
  arrays.path = state.path.data();
  arrays.path_chain_stride = state.path_words;
  arrays.path_word_stride = 1;
  return arrays;
}

}  // namespace wend
