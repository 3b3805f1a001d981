// The words of a state graph's paths: a symbol and a row must fit 32 bits together.
#include <gtest/gtest.h>

#include <cmath>

#include "host/oracles/compile_error.hpp"
#include "host/oracles/state_graph.hpp"

namespace wend {
namespace {

constexpr std::uint32_t kAlphabet = 32769;  // symbols of 16 bits

/// One step to as many leaves as there are symbols, their states being the last of `states`.
StateGraph fan(std::uint32_t states) {
  StateGraph graph;
  graph.alphabet = kAlphabet;
  graph.horizon = 1;
  graph.layer_begin = {0, 1, states};
  for (std::uint32_t c = 0; c < kAlphabet; ++c) {
    graph.target.push_back(states - 1 - kAlphabet + c);
    graph.log_edge.push_back(0.0);
  }
  graph.log_mass.assign(states, 0.0);
  sum_masses(graph);
  graph.log_estimate = graph.log_mass;
  return graph;
}

TEST(PathWord, HoldsASymbolAndARowIn32Bits) {
  const StateGraph graph = fan(65536);
  const StateOracle oracle =
      compile_state_oracle(graph, kernels::Walk::kJerrumSinclair, Correction::kReject);
  EXPECT_EQ(oracle.row_bits, 16U);
  for (const std::uint32_t c : {0U, 1U, kAlphabet - 1})
    EXPECT_EQ(oracle.next[c], (c << 16U) + 1 + graph.target[c]);
  EXPECT_NEAR(graph.log_mass[0], std::log(kAlphabet), 1e-9);
}

TEST(PathWord, OfMoreBitsIsRefused) {
  EXPECT_THROW(
      compile_state_oracle(fan(65537), kernels::Walk::kJerrumSinclair, Correction::kReject),
      CompileError);
}

}  // namespace
}  // namespace wend
