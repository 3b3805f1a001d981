#include "host/engines/lockstep/row_maker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "host/engines/lockstep/oracle_failure.hpp"
#include "kernels/lockstep/log_mass.hpp"
#include "kernels/lockstep/path_sums.hpp"
#include "kernels/walk/rule.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

[[noreturn]] void refuse(const OracleTraits& traits, const NodePlace& place,
                         const std::string& what) {
  throw OracleFailure(fmt::format("oracle \"{}\": chain {}, depth {}: {}", traits.name, place.chain,
                                  place.depth, what));
}

}  // namespace

RowMaker::RowMaker(const ModelOracle& oracle, kernels::Walk walk)
    : oracle_(oracle),
      traits_(oracle.model->traits()),
      row_words_(rows_words(oracle, walk)),
      compiler_(oracle.alphabet, walk, RowLayout::kUnits),
      children_(oracle.alphabet),
      kept_(oracle.thinned ? oracle.alphabet : 0),
      bounds_(traits_.ratio_bound) {
  if (!traits_.end.empty())
    for (double& bound : bounds_) bound = std::max(bound, 1.0);
  below_.assign(bounds_.size(), 1.0);
  for (std::size_t h = bounds_.size(); h-- > 1;) below_[h - 1] = below_[h] / bounds_[h];
}

std::uint64_t RowMaker::rows_words(const ModelOracle& oracle, kernels::Walk walk) {
  return kernels::rows_per_node(walk) *
         RowCompiler::words_per_row(oracle.alphabet, RowLayout::kUnits);
}

std::uint64_t RowMaker::node_words(const ModelOracle& oracle, kernels::Walk walk) {
  const std::uint64_t rows = rows_words(oracle, walk);
  // Pairs of words are loaded at once.
  return oracle.own_masses ? rows : rows + (oracle.alphabet + 2 + 1) / 2 * 2;
}

void RowMaker::make(const OracleRows& rows, std::uint64_t i, const NodePlace& place,
                    std::span<std::uint32_t> node) {
  const std::uint64_t at = i * oracle_.alphabet;
  const bool logs = traits_.rows == RowKind::kLogRatio;
  const Row row = logs ? take_logs({rows.log_ratio + at, oracle_.alphabet}, place)
                       : take_masses({rows.mass + at, oracle_.alphabet}, rows.own[i], place);
  check_sum(row, place);
  compiler_.compile(row.own, children_, kept(rows, i, row, place), node.first(row_words_));
  if (oracle_.own_masses) return;
  std::uint32_t* behind = node.data() + row_words_;
  if (logs) {
    std::memcpy(behind, rows.log_ratio + at, oracle_.alphabet * sizeof(float));
  } else {
    for (std::uint32_t c = 0; c < oracle_.alphabet; ++c) {
      const double own = place.depth == 0 ? 1.0 : rows.own[i];
      const auto ratio = static_cast<float>(std::log(rows.mass[at + c]) - std::log(own));
      std::memcpy(behind + c, &ratio, sizeof ratio);
    }
  }
  kernels::store_double(row.log_sum, behind + oracle_.alphabet);
}

void RowMaker::refuse_log(std::span<const float> logs, const NodePlace& place) const {
  const auto wrong = std::ranges::find_if(logs, [](double log) { return !(log < kInfinity); });
  refuse(traits_, place,
         fmt::format("symbol {}: the log ratio is {}", wrong - logs.begin(), *wrong));
}

void RowMaker::refuse_mass(std::span<const double> masses, const NodePlace& place) const {
  const auto wrong =
      std::ranges::find_if(masses, [](double mass) { return !(mass >= 0 && mass < kInfinity); });
  refuse(traits_, place, fmt::format("symbol {}: the mass is {}", wrong - masses.begin(), *wrong));
}

RowMaker::Row RowMaker::take_logs(std::span<const float> logs, const NodePlace& place) {
  // w(u) itself has the logarithm 0; the root has no parent to go to.
  double largest = place.depth == 0 ? -kInfinity : 0.0;
  bool possible = true;
  for (const float log : logs) {
    const double value = log;
    possible = possible && value < kInfinity;
    largest = std::max(largest, value);
  }
  if (!possible) refuse_log(logs, place);
  if (largest == -kInfinity) refuse(traits_, place, "no child of the root has mass");
  for (std::uint32_t c = 0; c < oracle_.alphabet; ++c)
    children_[c] = kernels::mass_of_log(static_cast<double>(logs[c]) - largest);
  const double sum =
      oracle_.own_masses ? 0.0 : kernels::ordered_sum(children_.data(), oracle_.alphabet);
  return {place.depth == 0 ? 0.0 : kernels::mass_of_log(-largest),
          oracle_.own_masses ? 0.0 : std::log(sum) + largest};
}

RowMaker::Row RowMaker::take_masses(std::span<const double> masses, double own,
                                    const NodePlace& place) {
  if (place.depth == 0) own = 0;
  if (!(own >= 0) || !std::isfinite(own))
    refuse(traits_, place, fmt::format("the node's own mass is {}", own));
  bool possible = true;
  for (std::uint32_t c = 0; c < oracle_.alphabet; ++c) {
    possible = possible && masses[c] >= 0 && masses[c] < kInfinity;
    children_[c] = masses[c];
  }
  if (!possible) refuse_mass(masses, place);
  const double sum = kernels::ordered_sum(children_.data(), oracle_.alphabet);
  if (place.depth == 0 && !(sum > 0)) refuse(traits_, place, "no child of the root has mass");
  if (!std::isfinite(sum)) refuse(traits_, place, "the masses of the children sum to infinity");
  if (oracle_.own_masses) return {own, 0.0};
  if (place.depth > 0 && !(own > 0)) refuse(traits_, place, "the node's own mass is 0");
  return {own, std::log(sum) - (place.depth == 0 ? 0.0 : std::log(own))};
}

// What a stated accuracy says of S/w: mu(u) is the sum of the children's mu. Leaves are exact, so
// that one level above them S is mu(u) itself.
void RowMaker::check_sum(const Row& row, const NodePlace& place) const {
  if (oracle_.own_masses || place.depth == 0 || !traits_.kappa) return;
  const bool last = place.depth + 1 == oracle_.horizon;
  const double bound = (last ? 1 : 2) * std::log(*traits_.kappa) + 1e-6;
  if (std::abs(row.log_sum) <= bound) return;
  refuse(
      traits_, place,
      fmt::format("the children's estimates are {:.6g} times the node's, which breaks kappa {:g}",
                  std::exp(row.log_sum), *traits_.kappa));
}

std::span<const double> RowMaker::kept(const OracleRows& rows, std::uint64_t i, const Row& row,
                                       const NodePlace& place) {
  if (!oracle_.thinned) return {};
  if (rows.kept != nullptr && traits_.ratio_bound.empty())
    return {rows.kept + i * oracle_.alphabet, oracle_.alphabet};
  double share = 1;
  if (place.depth > 0) {
    const double bound = bounds_[place.depth];
    share = std::exp(row.log_sum) / bound;
    if (share > 1 + 1e-6)
      refuse(traits_, place,
             fmt::format("S/w is {:.6g}, more than the stated {:.6g}", share * bound, bound));
  }
  std::ranges::fill(kept_, std::min(share, 1.0));
  // A sequence that ends here is spared the rejections further down, and so is thinned for them.
  for (const std::uint32_t symbol : traits_.end)
    kept_[symbol] = std::min(share, 1.0) * below_[place.depth];
  return kept_;
}

}  // namespace wend
