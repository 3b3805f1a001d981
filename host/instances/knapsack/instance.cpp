#include "host/instances/knapsack/instance.hpp"

#include <limits>

#include "host/base/number_text.hpp"

namespace wend {

KnapsackInstance::KnapsackInstance(KnapsackProblem problem, const std::string& file)
    : problem_(std::move(problem)) {
  facts_.kind = "knapsack";
  facts_.path = file;
  facts_.alphabet = 2;
  facts_.horizon = problem_.items();
  facts_.details = {{"items", grouped(std::uint64_t{problem_.items()})},
                    {"capacity", grouped(problem_.capacity)}};
}

double KnapsackInstance::log_mass(const std::uint32_t* symbols) const {
  std::uint64_t remaining = problem_.capacity;
  double sum = 0;
  for (std::uint32_t i = 0; i < problem_.items(); ++i) {
    if (symbols[i] == 0) continue;
    if (problem_.weights[i] > remaining) return -std::numeric_limits<double>::infinity();
    remaining -= problem_.weights[i];
    sum += problem_.log_values[i];
  }
  return sum;
}

}  // namespace wend
