#include "host/adapt/adapted_oracle.hpp"

#include <algorithm>
#include <utility>

#include "host/base/no_mass.hpp"
#include "kernels/lockstep/log_mass.hpp"

namespace wend {

AdaptedOracle::AdaptedOracle(ModelOracle base, std::shared_ptr<const Training> training,
                             OracleTraits traits)
    : base_(std::move(base)),
      training_(std::move(training)),
      traits_(std::move(traits)),
      from_tree_(std::make_shared<std::atomic<std::uint64_t>>(0)),
      log_root_scale_(std::make_shared<std::atomic<double>>(0)) {
  const bool buckets = training_->own_buckets && training_->estimate.value().buckets > 1;
  contexts_.reserve(traits_.contexts);
  while (contexts_.size() < traits_.contexts)
    contexts_.push_back({BaseRows(base_, buckets), {}, {}});
}

std::shared_ptr<BatchOracle> AdaptedOracle::make_device_twin(std::uint64_t chains) const {
  ModelOracle base = base_;
  base.model = device_twin_of(*base_.model)->make_device_twin(chains);
  auto twin = std::make_shared<AdaptedOracle>(std::move(base), training_, traits_);
  twin->from_tree_ = from_tree_;
  twin->log_root_scale_ = log_root_scale_;
  return twin;
}

void AdaptedOracle::expand(std::uint32_t context_number, const OracleBatch& batch,
                           const OracleRows& rows) {
  Context& context = contexts_[context_number];
  const std::uint64_t alphabet = traits_.alphabet;
  context.node.clear();
  context.rows.clear();
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
    context.rows.add(slot, base_known, {batch.prefix[i], batch.depth[i]});
    base_known = batch.depth[i];
  }
  const std::uint32_t asked = context.rows.size();
  *from_tree_ += batch.size - asked;
  if (asked == 0) return;
  context.rows.ask(context_number);
  for (std::uint32_t k = 0; k < asked; ++k) {
    const std::uint32_t i = context.node[k];
    context.rows.check(k, batch.slot[i]);
    answer(context.rows, k, batch.depth[i], rows.mass + i * alphabet, rows.own[i]);
  }
}

// From logarithms in `children` to masses on a scale of their own.
void AdaptedOracle::scale(std::uint32_t depth, double log_own, double* children,
                          double& own) const {
  const double largest =
      std::max(log_own, *std::max_element(children, children + traits_.alphabet));
  if (largest == kNoMass) {
    std::fill_n(children, traits_.alphabet, 0.0);
    own = 1;  // a dead end
    return;
  }
  if (depth == 0) *log_root_scale_ = largest;
  for (std::uint32_t c = 0; c < traits_.alphabet; ++c)
    children[c] = kernels::mass_of_log(children[c] - largest);
  own = kernels::mass_of_log(log_own - largest);
}

void AdaptedOracle::answer_from_tree(ExploredTree::Node node, std::uint32_t depth, double* children,
                                     double& own) const {
  const ExploredTree& tree = *training_->tree;
  std::fill_n(children, traits_.alphabet, kNoMass);
  for (const ExploredTree::Edge& edge : tree.edges(node))
    children[edge.symbol] = training_->estimate.log_ratio(edge, depth + 1);
  scale(depth, depth == 0 ? kNoMass : training_->estimate.log_factor(tree, node), children, own);
}

void AdaptedOracle::answer(const BaseRows& rows, std::uint32_t i, std::uint32_t depth,
                           double* children, double& own) const {
  const NodeValue& value = training_->estimate.value();
  for (std::uint32_t c = 0; c < traits_.alphabet; ++c) {
    double log = rows.log_ratio(i, c);
    if (!rows.is_leaf(i, c) && log != kNoMass) log += value.at(depth + 1, rows.bucket(i, c));
    children[c] = log;
  }
  scale(depth, depth == 0 ? kNoMass : value.at(depth, rows.own_bucket(i)), children, own);
}

}  // namespace wend
