#include "host/oracles/oracle.hpp"

#include <bit>
#include <string>

#include "host/oracles/compile_error.hpp"

namespace wend {
namespace {

template <class... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};
template <class... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

}  // namespace

TreeNumbering number_tree(std::uint32_t alphabet, std::uint32_t horizon) {
  constexpr std::uint64_t kLimit = std::uint64_t{1} << 31U;
  std::uint64_t level = 1;
  std::uint64_t first = 1;
  for (std::uint32_t h = 0; h < horizon; ++h) {
    first += level;
    level *= alphabet;
    if (first + level > kLimit)
      throw CompileError("a tree of alphabet " + std::to_string(alphabet) + " and horizon " +
                         std::to_string(horizon) +
                         " has more than the 2^31 nodes that can be numbered");
  }
  // magic = ceil(2^(32 + shift) / A) < 2^32 exceeds the quotient by less than 1 / 2^(31 - shift)
  // in units of 1 / A, too little to carry a numerator below 2^31 past an integer.
  const auto shift = static_cast<std::uint32_t>(std::bit_width(alphabet - 1)) - 1;
  const std::uint64_t power = std::uint64_t{1} << (32U + shift);
  const std::uint64_t magic = (power + alphabet - 1) / alphabet;
  return {static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(magic), shift};
}

std::uint32_t alphabet(const Oracle& oracle) {
  return std::visit(Overloaded{[](const KnapsackOracle&) { return 2U; },
                               [](const auto& other) { return other.alphabet; }},
                    oracle);
}

std::uint32_t horizon(const Oracle& oracle) {
  return std::visit([](const auto& any) { return any.horizon; }, oracle);
}

std::uint32_t path_words(const Oracle& oracle) {
  return std::visit(
      Overloaded{[](const TreeOracle&) { return 0U; },
                 [](const StateOracle& states) { return states.horizon + 1; },
                 [](const KnapsackOracle& knapsack) { return 2 + (knapsack.horizon + 31) / 32; },
                 [](const PrefixOracle& prefixes) { return prefixes.horizon + 1; },
                 [](const ModelOracle& model) { return model.horizon + 1; }},
      oracle);
}

std::uint32_t record_words(const Oracle& oracle) {
  return std::visit(
      Overloaded{[](const TreeOracle&) { return 1U; },
                 [](const StateOracle& states) { return states.horizon; },
                 [](const KnapsackOracle& knapsack) { return (knapsack.horizon + 31) / 32; },
                 [](const PrefixOracle& prefixes) { return prefixes.horizon; },
                 [](const ModelOracle& model) { return model.horizon + record_sums(model); }},
      oracle);
}

std::uint64_t table_bytes(const Oracle& oracle) {
  return std::visit(
      Overloaded{
          [](const TreeOracle& tree) { return tree.rows.bytes(); },
          [](const StateOracle& states) { return states.rows.bytes() + states.next.bytes(); },
          [](const KnapsackOracle& knapsack) { return knapsack.bytes(); },
          [](const PrefixOracle& prefixes) { return table_bytes(*prefixes.members); },
          [](const ModelOracle&) { return std::uint64_t{0}; }},
      oracle);
}

void decode(const Oracle& oracle, const std::uint32_t* record, std::span<std::uint32_t> symbols) {
  std::visit(Overloaded{[&](const TreeOracle& tree) {
                          const std::uint32_t first_leaf =
                              number_tree(tree.alphabet, tree.horizon).first_leaf;
                          std::uint32_t leaf = record[0] - first_leaf;
                          for (std::size_t h = symbols.size(); h-- > 0; leaf /= tree.alphabet)
                            symbols[h] = leaf % tree.alphabet;
                        },
                        [&](const StateOracle& states) {
                          for (std::size_t h = 0; h < symbols.size(); ++h)
                            symbols[h] = record[h] >> states.row_bits;
                        },
                        [&](const KnapsackOracle&) {
                          for (std::size_t h = 0; h < symbols.size(); ++h)
                            symbols[h] = record[h / 32] >> (h % 32) & 1U;
                        },
                        [&](const auto& /*prefixes or model*/) {
                          for (std::size_t h = 0; h < symbols.size(); ++h) symbols[h] = record[h];
                        }},
             oracle);
}

}  // namespace wend
