#include "examples/exact_values.hpp"

#include <cmath>
#include <cstddef>

namespace wend::demo {

std::vector<double> inclusion_probabilities(const std::vector<std::uint32_t>& weights,
                                            std::uint32_t capacity) {
  const std::size_t width = std::size_t{capacity} + 1;
  // choices[i][c]: choices of items i.. within c; 2^items at most, which a double holds.
  std::vector<std::vector<double>> choices(weights.size() + 1, std::vector<double>(width, 1.0));
  for (std::size_t i = weights.size(); i-- > 0;) {
    for (std::size_t c = 0; c < width; ++c)
      choices[i][c] = choices[i + 1][c] + (c >= weights[i] ? choices[i + 1][c - weights[i]] : 0.0);
  }
  std::vector<double> probabilities;
  std::vector<double> reached(width, 0.0);  // choices of items 0..i-1 that leave c
  reached[capacity] = 1;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    std::vector<double> next = reached;
    double taken = 0;
    for (std::size_t c = weights[i]; c < width; ++c) {
      next[c - weights[i]] += reached[c];
      taken += reached[c] * choices[i + 1][c - weights[i]];
    }
    probabilities.push_back(taken / choices[0][capacity]);
    reached = std::move(next);
  }
  return probabilities;
}

std::vector<double> symbol_probabilities(const StateGraph& graph) {
  std::vector<double> probabilities;
  std::vector<double> reached(graph.states(0), 0.0);  // P(the prefix is in state s)
  reached[0] = 1;
  for (std::uint32_t h = 0; h < graph.horizon; ++h) {
    std::vector<double> below(graph.states(h + 1), 0.0);
    std::vector<double> row(graph.alphabet, 0.0);
    for (std::uint32_t s = 0; s < graph.states(h); ++s) {
      if (reached[s] <= 0) continue;
      for (std::uint32_t c = 0; c < graph.alphabet; ++c) {
        const std::uint64_t edge = graph.edge(h, s, c);
        const std::uint32_t child = graph.target[edge];
        if (child == StateGraph::kNoState) continue;
        const double mass = reached[s] * std::exp(graph.log_edge[edge] +
                                                  graph.log_mass[graph.layer_begin[h + 1] + child] -
                                                  graph.log_mass[graph.layer_begin[h] + s]);
        row[c] += mass;
        below[child] += mass;
      }
    }
    probabilities.insert(probabilities.end(), row.begin(), row.end());
    reached = std::move(below);
  }
  return probabilities;
}

}  // namespace wend::demo
