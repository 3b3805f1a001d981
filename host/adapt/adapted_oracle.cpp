#include "host/adapt/adapted_oracle.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "host/base/no_mass.hpp"
#include "kernels/lockstep/log_mass.hpp"
#include "kernels/lockstep/shape.hpp"

namespace wend {

AdaptedOracle::AdaptedOracle(std::shared_ptr<BatchOracle> base,
                             std::shared_ptr<const Training> training, OracleTraits traits)
    : base_(std::move(base)),
      training_(std::move(training)),
      traits_(std::move(traits)),
      contexts_(traits_.contexts),
      from_tree_(std::make_shared<std::atomic<std::uint64_t>>(0)) {}

std::shared_ptr<BatchOracle> AdaptedOracle::make_device_twin(std::uint64_t chains) const {
  auto twin = std::make_shared<AdaptedOracle>(device_twin_of(*base_)->make_device_twin(chains),
                                              training_, traits_);
  twin->from_tree_ = from_tree_;
  return twin;
}

bool AdaptedOracle::is_leaf(std::uint32_t depth, std::uint32_t symbol) const {
  const std::vector<std::uint32_t>& end = training_->end_bits;
  const kernels::LockstepShape shape{traits_.alphabet, traits_.horizon,
                                     end.empty() ? nullptr : end.data()};
  return depth == traits_.horizon || shape.ends(symbol);
}

void AdaptedOracle::expand(std::uint32_t context_number, const OracleBatch& batch,
                           const OracleRows& rows) {
  Context& context = contexts_[context_number];
  const std::uint64_t alphabet = traits_.alphabet;
  context.node.clear();
  for (auto* list : {&context.slot, &context.depth, &context.symbol, &context.known}) list->clear();
  context.prefix.clear();
  for (std::uint32_t i = 0; i < batch.size; ++i) {
    const std::uint32_t slot = batch.slot[i];
    if (slot >= context.base_known.size()) context.base_known.resize(slot + std::size_t{1}, 0);
    std::uint32_t& base_known = context.base_known[slot];
    base_known = std::min(base_known, batch.known[i]);
    const ExploredTree::Node node = training_->tree->find({batch.prefix[i], batch.depth[i]});
    if (training_->estimate.knows(node)) {
      answer_from_tree(node, batch.depth[i], rows.mass + i * alphabet, rows.own[i]);
      continue;
    }
    context.node.push_back(i);
    context.slot.push_back(slot);
    context.depth.push_back(batch.depth[i]);
    context.symbol.push_back(batch.symbol[i]);
    context.known.push_back(base_known);
    context.prefix.push_back(batch.prefix[i]);
    base_known = batch.depth[i];
  }
  const auto asked = static_cast<std::uint32_t>(context.node.size());
  *from_tree_ += batch.size - asked;
  if (asked == 0) return;
  ask_base(context_number, asked);
  for (std::uint32_t k = 0; k < asked; ++k) {
    const std::uint32_t i = context.node[k];
    answer(context, k, batch.depth[i], batch.symbol[i], rows.mass + i * alphabet, rows.own[i]);
  }
}

void AdaptedOracle::ask_base(std::uint32_t context_number, std::uint32_t count) {
  Context& context = contexts_[context_number];
  const std::size_t cells = std::size_t{count} * traits_.alphabet;
  const auto room = [](auto& array, std::size_t wanted) {
    array.resize(std::max(array.size(), wanted));
    return array.data();
  };
  const OracleBatch batch{count,
                          context.slot.data(),
                          context.depth.data(),
                          context.symbol.data(),
                          context.known.data(),
                          context.prefix.data()};
  OracleRows rows;
  if (base_->traits().rows == RowKind::kLogRatio) {
    rows.log_ratio = room(context.logs, cells);
  } else {
    rows.mass = room(context.masses, cells);
    rows.own = room(context.own, count);
  }
  if (training_->own_buckets && training_->estimate.value().buckets > 1) {
    rows.bucket = room(context.bucket, cells);
    rows.own_bucket = room(context.own_bucket, count);
  }
  base_->expand(context_number, batch, rows);
}

// From logarithms in `children` to masses on a scale of their own.
void AdaptedOracle::scale(double log_own, double* children, double& own) const {
  const double largest =
      std::max(log_own, *std::max_element(children, children + traits_.alphabet));
  if (largest == kNoMass) {
    std::fill_n(children, traits_.alphabet, 0.0);
    own = 1;  // a dead end
    return;
  }
  for (std::uint32_t c = 0; c < traits_.alphabet; ++c)
    children[c] = kernels::mass_of_log(children[c] - largest);
  own = kernels::mass_of_log(log_own - largest);
}

void AdaptedOracle::answer_from_tree(ExploredTree::Node node, std::uint32_t depth, double* children,
                                     double& own) const {
  const ExploredTree& tree = *training_->tree;
  std::fill_n(children, traits_.alphabet, kNoMass);
  for (const ExploredTree::Edge& edge : tree.edges(node))
    children[edge.symbol] = edge.log_ratio + training_->estimate.log_factor(edge, depth + 1);
  scale(depth == 0 ? kNoMass : training_->estimate.log_factor(tree, node), children, own);
}

void AdaptedOracle::answer(const Context& context, std::size_t place, std::uint32_t depth,
                           std::uint32_t symbol, double* children, double& own) const {
  const NodeValue& value = training_->estimate.value();
  const bool has_logs = base_->traits().rows == RowKind::kLogRatio;
  const std::size_t first = place * traits_.alphabet;
  const bool by_row = training_->own_buckets && value.buckets > 1;
  const double log_own = depth == 0 || has_logs ? 0.0 : kernels::log_of_mass(context.own[place]);
  for (std::uint32_t c = 0; c < traits_.alphabet; ++c) {
    // What is no mass stays none: whoever makes the row refuses it.
    double log = has_logs ? static_cast<double>(context.logs[first + c])
                 : context.masses[first + c] >= 0
                     ? kernels::log_of_mass(context.masses[first + c]) - log_own
                     : std::numeric_limits<double>::quiet_NaN();
    if (!is_leaf(depth + 1, c) && log != kNoMass)
      log += value.at(depth + 1, by_row ? context.bucket[first + c] : c);
    children[c] = log;
  }
  const std::uint32_t bucket = by_row ? context.own_bucket[place] : symbol;
  scale(depth == 0 ? kNoMass : value.at(depth, bucket), children, own);
}

}  // namespace wend
