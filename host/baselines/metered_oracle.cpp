#include "host/baselines/metered_oracle.hpp"

#include <cmath>
#include <utility>

namespace wend {

MeteredOracle::MeteredOracle(std::shared_ptr<BatchOracle> oracle, double power, std::uint64_t most,
                             const std::atomic<bool>& stop, std::atomic<bool>& spent)
    : oracle_(std::move(oracle)),
      power_(power),
      most_(most),
      stop_(stop),
      spent_(spent),
      traits_(oracle_->traits()) {
  if (power == 1) return;
  traits_.kappa.reset();
  traits_.kappa_by_depth.clear();
  // sum r^power <= (sum r)^power from a power of 1 on.
  if (power < 1) traits_.ratio_bound.clear();
  for (double& bound : traits_.ratio_bound) bound = std::pow(bound, power);
}

void MeteredOracle::expand(std::uint32_t context, const OracleBatch& batch,
                           const OracleRows& rows) {
  oracle_->expand(context, batch, rows);
  if ((asked_ += batch.size) >= most_ || stop_) spent_ = true;
  if (power_ == 1) return;
  const std::size_t cells = std::size_t{batch.size} * traits_.alphabet;
  if (traits_.rows == RowKind::kLogRatio) {
    for (std::size_t i = 0; i < cells; ++i)
      rows.log_ratio[i] = static_cast<float>(power_ * static_cast<double>(rows.log_ratio[i]));
    return;
  }
  for (std::size_t i = 0; i < cells; ++i) rows.mass[i] = std::pow(rows.mass[i], power_);
  for (std::uint32_t i = 0; i < batch.size; ++i) rows.own[i] = std::pow(rows.own[i], power_);
}

}  // namespace wend
