#include "host/run/row_watch.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace wend {

void LeastKappa::see(std::uint32_t depth, double ratio, bool above_leaves) {
  if (depth == 0 || depth > by_depth_.size() || !(ratio >= 0)) return;
  const double apart =
      ratio > 0 ? std::max(ratio, 1 / ratio) : std::numeric_limits<double>::infinity();
  const double kappa = above_leaves ? apart : std::sqrt(apart);
  const std::scoped_lock lock(mutex_);
  by_depth_[depth - 1] = std::max(by_depth_[depth - 1], kappa);
}

std::vector<double> LeastKappa::by_depth() const {
  const std::scoped_lock lock(mutex_);
  return by_depth_;
}

RowWatch::RowWatch(std::shared_ptr<BatchOracle> oracle, LeastKappa& seen)
    : oracle_(std::move(oracle)), seen_(seen) {}

void RowWatch::expand(std::uint32_t context, const OracleBatch& batch, const OracleRows& rows) {
  OracleBatch told = batch;
  std::vector<std::uint32_t> known(batch.known, batch.known + batch.size);
  told.known = known.data();
  for (std::uint32_t i = 0; i < batch.size; ++i)
    if (batch.slot[i] < strange_.size() && std::exchange(strange_[batch.slot[i]], char{0}) != 0)
      known[i] = 0;
  oracle_->expand(context, told, rows);
  const OracleTraits& of = oracle_->traits();
  for (std::uint64_t i = 0; i < batch.size; ++i) {
    if (batch.depth[i] == 0) continue;
    double sum = 0;
    for (std::uint64_t c = i * of.alphabet; c < (i + 1) * of.alphabet; ++c)
      sum += of.rows == RowKind::kMass ? rows.mass[c] : std::exp(double{rows.log_ratio[c]});
    const double own = of.rows == RowKind::kMass ? rows.own[i] : 1.0;
    // A node without an estimate is not arrived at.
    if (own > 0) seen_.see(batch.depth[i], sum / own, batch.depth[i] + 1 == of.horizon);
  }
}

}  // namespace wend
