// The list of a chain's fields is whole, and what is made from it has every one of them.
#include "wend/chain_state.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <type_traits>
#include <vector>

#include "host/engines/engine.hpp"
#include "tests/support/parity_oracles.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

constexpr std::uint64_t kChains = 5;

Oracle states() { return test::state_oracle(3, 4, 20, true, Algorithm::kLifted); }

/// Every element of every column is a number of its own.
ChainState numbered() {
  ChainState state = chains_at_root(states(), kChains, 7);
  std::uint32_t number = 0;
  const auto fill = [&number](auto& column) {
    for (auto& element : column) element = static_cast<std::decay_t<decltype(element)>>(++number);
  };
  for_each_column(fill, state);
  fill(state.path);
  return state;
}

template <class>
using Byte = char;

// A field that is declared but not in the list makes the set larger than what is visited; one that
// is listed twice, in another's place, is visited twice.
TEST(ChainColumns, TheListIsWhole) {
  const ChainColumns<Byte> bytes{};
  std::set<const char*> visited;
  std::size_t calls = 0;
  for_each_column(
      [&](const char& byte) {
        visited.insert(&byte);
        ++calls;
      },
      bytes);
  EXPECT_EQ(calls, sizeof bytes);
  EXPECT_EQ(visited.size(), sizeof bytes);
}

TEST(ChainColumns, EveryFieldHasAName) {
  std::set<std::string> names;
  for_each_column([&](const char* name) { names.insert(name); }, kColumnNames);
  EXPECT_EQ(names.size(), sizeof(ChainColumns<Byte>));
  EXPECT_STREQ(kColumnNames.arrived_up, "arrived_up");
  EXPECT_STREQ(kColumnNames.samples, "samples");
}

TEST(ChainColumns, AChainHas52BytesBesideItsPath) {
  std::uint64_t bytes = 0;
  for_each_column([&](const auto& column) { bytes += sizeof column[0]; }, ChainState{});
  EXPECT_EQ(bytes, 52U);
}

TEST(ChainState, EveryColumnIsCopied) {
  const ChainState state = numbered();
  const Oracle oracle = states();
  const auto engine = make_cpu_engine(oracle, kernels::Walk::kLifted,
                                      chains_at_root(oracle, kChains, 7), 1, Simd::kScalar);
  engine->restore(state);
  EXPECT_TRUE(test::same(engine->save(), state));
}

TEST(ChainState, EveryPointerIsItsColumns) {
  ChainState state = numbered();
  const kernels::ChainArrays arrays = arrays_of(state);
  for_each_column([](const char* name, const auto* pointer,
                     const auto& column) { EXPECT_EQ(pointer, column.data()) << name; },
                  kColumnNames, arrays, state);
  EXPECT_EQ(arrays.path, state.path.data());
  EXPECT_EQ(arrays.path_chain_stride, state.path_words);
  EXPECT_EQ(arrays.path_word_stride, 1U);
}

TEST(ChainState, EveryColumnOfAnotherSizeIsRefused) {
  const Oracle oracle = states();
  ChainState state = numbered();
  EXPECT_NO_THROW(check_state(state, oracle, kChains));
  EXPECT_THROW(check_state(state, oracle, kChains + 1), Error);
  for_each_column(
      [&](const char* name, auto& column) {
        const auto whole = column;
        for (const std::uint64_t size : {kChains - 1, kChains + 1}) {
          column.resize(size);
          EXPECT_THROW(check_state(state, oracle, kChains), Error) << name << ", " << size;
          column = whole;
        }
      },
      kColumnNames, state);
  EXPECT_NO_THROW(check_state(state, oracle, kChains));
  state.path.pop_back();
  EXPECT_THROW(check_state(state, oracle, kChains), Error);
  state = numbered();
  state.path_words = 0;
  EXPECT_THROW(check_state(state, oracle, kChains), Error);
}

}  // namespace
}  // namespace wend
