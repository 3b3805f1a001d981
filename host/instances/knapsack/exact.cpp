#include "host/instances/knapsack/exact.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "host/base/no_mass.hpp"
#include "host/files/json_reader.hpp"
#include "host/instances/knapsack/capacity_buckets.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

// Of the graph, and of the largest tables compiled from it.
constexpr std::uint64_t kBytesPerState = 40 + 24;
constexpr const char* kCounting = ": exact counting (the estimate \"rounded\" needs less)";

// Places in a sorted list of values that are in it, for rising values.
class PlaceOf {
 public:
  explicit PlaceOf(std::span<const std::uint64_t> sorted) : sorted_(sorted) {}
  std::uint32_t operator()(std::uint64_t value) {
    while (sorted_[place_] != value) ++place_;
    return place_;
  }

 private:
  std::span<const std::uint64_t> sorted_;
  std::uint32_t place_ = 0;
};

}  // namespace

ExactKnapsack::ExactKnapsack(KnapsackProblem problem, const std::string& where)
    : problem_(std::move(problem)), breakpoints_(problem_.weights.size() + 1) {
  find_breakpoints(where);
  for_each_layer([&](std::uint32_t /*depth*/, const Layer& layer) {
    states_ += layer.below.size();
    const std::uint64_t bytes = (states_ + 2 * layer.below.size()) * kBytesPerState;
    if (states_ > kMaxStates)
      throw Error(ErrorKind::kInput,
                  where + kCounting + ": more than " + std::to_string(kMaxStates) + " states");
    check_memory(bytes, where + kCounting);
  });
}

// From the last item backwards, while they can be fewer than the capacities that reach them.
void ExactKnapsack::find_breakpoints(const std::string& where) {
  const std::vector<std::uint64_t> origins = problem_.origins();
  const std::uint32_t n = problem_.items();
  breakpoints_[n] = {origins[n]};
  std::uint64_t kept = 1;
  for (std::uint32_t i = n; i-- > 0;) {
    const std::vector<std::uint64_t>& below = breakpoints_[i + 1];
    kept += 2 * below.size();
    if (kept > kMaxStates) return;
    check_memory(2 * below.size() * sizeof(std::uint64_t), where + kCounting);
    std::vector<std::uint64_t> level;
    level.reserve(2 * below.size());
    for_each_piece(below, problem_.weights[i], origins[i], problem_.capacity,
                   [&](std::uint64_t from, std::size_t, std::size_t) { level.push_back(from); });
    kept -= 2 * below.size() - level.size();
    if (i < 63 && level.size() > std::uint64_t{1} << i) return;
    level.shrink_to_fit();
    breakpoints_[i] = std::move(level);
  }
}

std::uint64_t ExactKnapsack::breakpoints() const {
  std::uint64_t sum = 0;
  for (const std::vector<std::uint64_t>& level : breakpoints_) sum += level.size();
  return sum;
}

// For each capacity, rising, that `weight` fits: the capacity that stands for the state of what is
// left, at `depth`.
std::vector<std::uint64_t> ExactKnapsack::representatives(std::uint32_t depth,
                                                          std::span<const std::uint64_t> capacities,
                                                          std::uint64_t weight) const {
  const std::vector<std::uint64_t>& starts = breakpoints_[depth];
  std::vector<std::uint64_t> found;
  const auto first = std::ranges::lower_bound(capacities, weight);
  found.reserve(static_cast<std::size_t>(capacities.end() - first));
  std::size_t interval = 0;
  for (auto capacity = first; capacity != capacities.end(); ++capacity) {
    const std::uint64_t left = *capacity - weight;
    while (interval + 1 < starts.size() && starts[interval + 1] <= left) ++interval;
    found.push_back(starts.empty() ? left : starts[interval]);
  }
  return found;
}

void ExactKnapsack::for_each_layer(
    const std::function<void(std::uint32_t depth, const Layer&)>& visit) const {
  std::vector<std::uint64_t> layer{problem_.capacity};
  for (std::uint32_t depth = 0; depth < problem_.items(); ++depth) {
    const std::vector<std::uint64_t> without = representatives(depth + 1, layer, 0);
    const std::vector<std::uint64_t> with =
        representatives(depth + 1, layer, problem_.weights[depth]);
    std::vector<std::uint64_t> below;
    below.reserve(without.size() + with.size());
    std::ranges::merge(without, with, std::back_inserter(below));
    below.erase(std::unique(below.begin(), below.end()), below.end());
    visit(depth, {layer, below, without, with});
    layer = std::move(below);
  }
}

StateGraph ExactKnapsack::graph(const EstimateSpec& estimate) const {
  StateGraph graph;
  graph.alphabet = 2;
  graph.horizon = problem_.items();
  graph.edge_precision = problem_.precision;
  graph.buckets = CapacityBuckets::kCount;
  graph.bucket_why = "remaining capacity";
  graph.layer_begin = {0, 1};
  graph.target.assign(2 * interior_states(), StateGraph::kNoState);
  graph.log_edge.assign(2 * interior_states(), kNoMass);
  graph.log_mass.assign(states_, 0.0);
  for_each_layer([&](std::uint32_t depth, const Layer& layer) {
    const std::uint64_t size = layer.capacities.size();
    const std::uint64_t first_fitting = size - layer.with.size();
    PlaceOf place_without(layer.below);
    PlaceOf place_with(layer.below);
    for (std::uint64_t s = 0; s < size; ++s) {
      const std::uint64_t edge = graph.edge(depth, static_cast<std::uint32_t>(s), 0);
      graph.target[edge] = place_without(layer.without[s]);
      graph.log_edge[edge] = 0.0;
      if (s < first_fitting) continue;
      graph.target[edge + 1] = place_with(layer.with[s - first_fitting]);
      graph.log_edge[edge + 1] = problem_.log_values[depth];
    }
    graph.layer_begin.push_back(graph.layer_begin.back() + layer.below.size());
  });
  sum_masses(graph);
  graph.log_estimate = graph.log_mass;
  if (estimate.kind != EstimateSpec::Kind::kNoise) return graph;
  for (std::uint32_t depth = 0; depth < graph.horizon; ++depth)
    for (std::uint64_t s = 0; s < graph.states(depth); ++s)
      graph.log_estimate[graph.layer_begin[depth] + s] += log_noise(estimate, depth, s);
  return graph;
}

}  // namespace wend
