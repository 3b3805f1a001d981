#include "host/adapt/best_first.hpp"

#include <algorithm>
#include <vector>

namespace wend {
namespace {

// What has been met is asked for in rounds of an eighth of what was asked for so far: an oracle
// that answers in batches gets some, and an answer soon changes what is asked next.
constexpr std::uint64_t kMostARound = 64;

struct Met {
  double log_estimate;
  RowSource::Wanted wanted;

  /// For a heap whose first element is the largest, of equals the one that was met first.
  bool operator<(const Met& other) const {
    if (log_estimate != other.log_estimate) return log_estimate < other.log_estimate;
    if (wanted.parent != other.wanted.parent) return wanted.parent > other.wanted.parent;
    return wanted.edge > other.wanted.edge;
  }
};

class Frontier {
 public:
  /// `most`: that will be taken from it.
  Frontier(const TrainedEstimate& estimate, const ExploredTree& tree, std::uint64_t most)
      : estimate_(estimate), tree_(tree), most_(most) {
    for (ExploredTree::Node node = 0; node < tree.size(); ++node) {
      add(node);
      trim();
    }
    std::make_heap(heap_.begin(), heap_.end());
  }
  void push(ExploredTree::Node node) {
    const std::size_t before = heap_.size();
    add(node);
    if (trim()) return std::make_heap(heap_.begin(), heap_.end());
    for (std::size_t end = before + 1; end <= heap_.size(); ++end)
      std::push_heap(heap_.begin(), heap_.begin() + static_cast<std::ptrdiff_t>(end));
  }
  [[nodiscard]] bool empty() const { return heap_.empty(); }
  RowSource::Wanted pop() {
    std::pop_heap(heap_.begin(), heap_.end());
    const RowSource::Wanted wanted = heap_.back().wanted;
    heap_.pop_back();
    return wanted;
  }

 private:
  void add(ExploredTree::Node node) {
    const std::uint32_t below = tree_.depth(node) + 1;
    const std::span<const ExploredTree::Edge> row = tree_.edges(node);
    for (std::uint32_t number = 0; number < row.size(); ++number) {
      const ExploredTree::Edge& edge = row[number];
      if (edge.leaf || edge.node != ExploredTree::kNone) continue;
      const double log =
          tree_.log_estimate(node) + edge.log_ratio + estimate_.value().at(below, edge.bucket);
      heap_.push_back({log, {node, number}});
    }
  }

  // What so many others come before is never taken: a tree has far more edges than are asked for.
  bool trim() {
    if (heap_.size() <= 2 * most_ + kMostARound) return false;
    const auto last = heap_.begin() + static_cast<std::ptrdiff_t>(most_);
    std::nth_element(heap_.begin(), last, heap_.end(),
                     [](const Met& a, const Met& b) { return b < a; });
    heap_.erase(last, heap_.end());
    return true;
  }

  const TrainedEstimate& estimate_;
  const ExploredTree& tree_;
  std::uint64_t most_;
  std::vector<Met> heap_;
};

}  // namespace

std::uint64_t explore_best_first(const TrainedEstimate& estimate, std::uint64_t count,
                                 RowSource& source, ExploredTree& tree,
                                 const std::atomic<bool>& stop) {
  const ExploredTree::Node before = tree.size();
  const auto asked = [&] { return std::uint64_t{tree.size()} - before; };
  if (tree.size() == 0 && count > 0) {
    const RowSource::Wanted root;
    source.ask({&root, 1}, tree, stop);
  }
  Frontier frontier(estimate, tree, count);
  std::vector<RowSource::Wanted> round;
  while (asked() < count && !frontier.empty() && !tree.full() && !stop) {
    const std::uint64_t size =
        std::min(count - asked(), std::clamp<std::uint64_t>(tree.size() / 8, 1, kMostARound));
    round.clear();
    while (round.size() < size && !frontier.empty()) round.push_back(frontier.pop());
    ExploredTree::Node first = tree.size();
    source.ask(round, tree, stop);
    for (; first < tree.size(); ++first) frontier.push(first);
  }
  return asked();
}

}  // namespace wend
