#include "host/instances/tree/model.hpp"

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "host/instances/tree/acceptance.hpp"
#include "host/instances/tree/sweep.hpp"
#include "host/oracles/table_model.hpp"

namespace wend {
namespace {

// ln of the largest weight to gather from each interior node on, breadth-first.
std::vector<double> acceptances(const TreeMasses& masses) {
  std::vector<double> found(interior_nodes(masses.alphabet, masses.horizon));
  visit_bottom_up<AcceptanceFold>(masses, [&] {
    return [&](const NodeView<AcceptanceFold::Value>& node) {
      found[interior_nodes(masses.alphabet, node.depth) + node.index] = AcceptanceFold::node(node);
    };
  });
  return found;
}

class TreeModel final : public TableModel {
 public:
  TreeModel(const TreeMasses& masses, bool thinned)
      : TableModel(masses.alphabet, masses.horizon, "tree", thinned),
        masses_(masses),
        estimates_(interior_estimates(masses)),
        acceptances_(thinned ? acceptances(masses) : std::vector<double>()),
        below_(thinned ? masses.alphabet : 0) {}

 protected:
  double masses(std::span<const std::uint32_t> prefix, std::span<double> children,
                std::span<double> kept) override {
    const std::uint32_t alphabet = masses_.alphabet;
    const auto depth = static_cast<std::uint32_t>(prefix.size());
    std::uint64_t index = 0;
    for (const std::uint32_t symbol : prefix) index = index * alphabet + symbol;
    const bool leaves_below = depth + 1 == masses_.horizon;
    const std::uint64_t first =
        leaves_below ? 0 : interior_nodes(alphabet, depth + 1) + index * alphabet;
    for (std::uint32_t c = 0; c < alphabet; ++c)
      children[c] = leaves_below ? masses_.leaf_mass(index * alphabet + c) : estimates_[first + c];
    if (!kept.empty()) {
      for (std::uint32_t c = 0; c < alphabet; ++c)
        below_[c] = leaves_below ? AcceptanceFold::leaf(children[c]) : acceptances_[first + c];
      keep_shares(children, below_, kept);
    }
    return estimates_[interior_nodes(alphabet, depth) + index];
  }

 private:
  const TreeMasses& masses_;
  std::vector<double> estimates_;
  std::vector<double> acceptances_;
  std::vector<double> below_;
};

}  // namespace

std::shared_ptr<BatchOracle> make_tree_model(const TreeMasses& masses, kernels::Walk walk,
                                             Correction correction) {
  return std::make_shared<TreeModel>(masses,
                                     kernels::restarts(walk) && correction == Correction::kReject);
}

}  // namespace wend
