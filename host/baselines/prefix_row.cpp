#include "host/baselines/prefix_row.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "host/base/exact_power.hpp"
#include "host/base/no_mass.hpp"

namespace wend {

PrefixRow::PrefixRow(std::vector<float> log_ratio, std::vector<float> log_value, float own_value)
    : log_ratio_(std::move(log_ratio)),
      log_value_(std::move(log_value)),
      own_value_(own_value),
      mass_(log_ratio_.size()) {}

double PrefixRow::log_weight(const RowWeights& weights, std::uint32_t c) const {
  const double ratio = log_ratio(c);
  if (ratio == kNoMass) return kNoMass;
  const double log = weights.exponent * ratio;
  return weights.with_values ? log + (log_value(c) - own_value()) : log;
}

void PrefixRow::from_logs() {
  scale_ = *std::ranges::max_element(mass_);
  if (scale_ == kNoMass) scale_ = 0;
  for (double& mass : mass_) mass = exact_power(mass - scale_);
  sum();
}

void PrefixRow::sum() {
  total_ = 0;
  for (const double mass : mass_) total_ += mass;
}

double PrefixRow::log_total() const { return total_ > 0 ? scale_ + std::log(total_) : kNoMass; }

double PrefixRow::log_mass(std::uint32_t c) const {
  return mass_[c] > 0 ? scale_ + std::log(mass_[c]) : kNoMass;
}

std::uint32_t PrefixRow::pick(double unit) const {
  const double target = unit * total_;
  double sum = 0;
  std::uint32_t last = 0;
  for (std::uint32_t c = 0; c < alphabet(); ++c) {
    if (mass_[c] == 0) continue;
    sum += mass_[c];
    last = c;
    if (sum > target) return c;
  }
  return last;
}

void PrefixRow::set(std::uint32_t c, double log_weight) {
  mass_[c] = exact_power(log_weight - scale_);
  sum();
}

}  // namespace wend
