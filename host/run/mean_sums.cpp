#include "host/run/mean_sums.hpp"

#include <algorithm>
#include <cmath>

#include "host/base/parallel.hpp"

namespace wend {
namespace {

constexpr double kLeastProbability = 0.05;  // that relative errors are relative to

double weight_of(const TourBatch& batch, std::uint64_t leaf) {
  return batch.weight.empty() ? 1.0 : batch.weight[leaf];
}

// Calls visit(first leaf, end, N) for each tour that has visits.
template <class Visit>
void for_each_tour(const TourBatch& batch, const Visit& visit) {
  std::uint64_t leaf = 0;
  for (const std::uint32_t visits : batch.visits) {
    if (visits == 0) continue;
    double n = 0;
    for (std::uint64_t v = leaf; v < leaf + visits; ++v) n += weight_of(batch, v);
    visit(leaf, leaf + visits, n);
    leaf += visits;
  }
}

// One tour's sums Y of the indicators of symbols, most of them 0.
class TourCounts {
 public:
  explicit TourCounts(std::uint32_t alphabet) : count_(alphabet, 0.0) {}

  void add(std::uint32_t symbol, double weight) {
    if (count_[symbol] == 0) touched_.push_back(symbol);
    count_[symbol] += weight;
  }
  void finish(double n, std::span<RatioSums> sums) {
    for (const std::uint32_t symbol : touched_) {
      sums[symbol].add(count_[symbol], n);
      count_[symbol] = 0;
    }
    touched_.clear();
  }

 private:
  std::vector<double> count_;
  std::vector<std::uint32_t> touched_;
};

}  // namespace

void TourBatch::resize(std::uint64_t leaf_count, std::uint32_t horizon, bool with_mass,
                       bool with_weight) {
  leaves = leaf_count;
  symbols.resize(leaf_count * horizon);
  log_mass.resize(with_mass ? leaf_count : 0);
  weight.resize(with_weight ? leaf_count : 0);
}

MeanSums::MeanSums(const InstanceFacts& facts, const MeansOptions& options, double log_scale)
    : facts_(facts),
      options_(options),
      log_scale_(log_scale),
      marginals_(asks(MeanOf::kMarginals) ? std::size_t{facts.horizon} * facts.alphabet : 0),
      symbols_(asks(MeanOf::kSymbols) ? facts.alphabet : 0) {}

std::uint64_t MeanSums::bytes(const InstanceFacts& facts, const MeansOptions& options) {
  std::uint64_t means = 0;
  for (const MeanOf of : options.of) {
    if (of == MeanOf::kMarginals) means += std::uint64_t{facts.horizon} * facts.alphabet;
    if (of == MeanOf::kSymbols) means += facts.alphabet;
  }
  return means * (sizeof(RatioSums) + sizeof(Mean));
}

bool MeanSums::asks(MeanOf of) const {
  return std::ranges::find(options_.of, of) != options_.of.end();
}

void MeanSums::add(const TourBatch& batch) {
  // The totals are small work, and so they are an item like each of the columns.
  const std::uint64_t columns = marginals_.empty() ? 0 : facts_.horizon;
  const std::uint64_t items = columns + 2;
  parallel_blocks(items, 1, options_.threads, [&](std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t item = first; item < last; ++item) {
      if (item == 0) {
        add_totals(batch);
      } else if (item == 1) {
        add_occurrences(batch);
      } else {
        const std::uint64_t h = item - 2;
        add_column(batch, batch.symbols.data() + h * batch.leaves,
                   std::span(marginals_).subspan(h * facts_.alphabet, facts_.alphabet));
      }
    }
  });
}

void MeanSums::add_totals(const TourBatch& batch) {
  if (totals_.weight == 0 && !batch.log_mass.empty()) mass_origin_ = batch.log_mass.front();
  const bool with_length = asks(MeanOf::kLength);
  for_each_tour(batch, [&](std::uint64_t first, std::uint64_t last, double n) {
    totals_.add(n);
    double mass = 0;
    double length = 0;
    for (std::uint64_t v = first; v < last; ++v) {
      if (!batch.log_mass.empty()) mass += weight_of(batch, v) * (batch.log_mass[v] - mass_origin_);
      if (!with_length) continue;
      std::uint32_t h = 0;
      while (h < facts_.horizon && batch.symbols[h * batch.leaves + v] != 0) ++h;
      length += weight_of(batch, v) * h;
    }
    log_mass_.add(mass, n);
    length_.add(length, n);
  });
  // Tours without visits add nothing but their number.
  totals_.tours += static_cast<std::uint64_t>(std::ranges::count(batch.visits, 0U));
}

void MeanSums::add_column(const TourBatch& batch, const std::uint32_t* column,
                          std::span<RatioSums> sums) {
  TourCounts counts(facts_.alphabet);
  for_each_tour(batch, [&](std::uint64_t first, std::uint64_t last, double n) {
    if (last - first == 1) {
      sums[column[first]].add(n, n);
      return;
    }
    for (std::uint64_t v = first; v < last; ++v) counts.add(column[v], weight_of(batch, v));
    counts.finish(n, sums);
  });
}

void MeanSums::add_occurrences(const TourBatch& batch) {
  if (symbols_.empty()) return;
  TourCounts counts(facts_.alphabet);
  for_each_tour(batch, [&](std::uint64_t first, std::uint64_t last, double n) {
    for (std::uint32_t h = 0; h < facts_.horizon; ++h)
      for (std::uint64_t v = first; v < last; ++v)
        counts.add(batch.symbols[h * batch.leaves + v], weight_of(batch, v));
    counts.finish(n, symbols_);
  });
}

Mean MeanSums::log_mass() const {
  Mean mean = ratio_mean(log_mass_, totals_);
  mean.mean += mass_origin_;
  mean.low += mass_origin_;
  mean.high += mass_origin_;
  return mean;
}

double MeanSums::excess(double relative_error) const {
  double largest = log_z().standard_error;
  const auto look = [&](const Mean& mean, double least) {
    const double unit = std::max(std::abs(mean.mean), least);
    if (mean.standard_error > 0) largest = std::max(largest, mean.standard_error / unit);
  };
  if (asks(MeanOf::kLogMass)) look(log_mass(), 1.0);
  if (asks(MeanOf::kLength)) look(ratio_mean(length_, totals_), 0.0);
  for (const auto* sums : {&marginals_, &symbols_})
    for (const RatioSums& one : *sums) look(ratio_mean(one, totals_), kLeastProbability);
  return largest / relative_error;
}

void MeanSums::finish(MeansResult& result) const {
  if (asks(MeanOf::kLogZ)) result.log_z = log_z();
  if (asks(MeanOf::kLogMass)) result.log_mass = log_mass();
  if (asks(MeanOf::kLength)) result.length = ratio_mean(length_, totals_);
  result.marginals.reserve(marginals_.size());
  for (const RatioSums& sums : marginals_)
    result.marginals.push_back(ratio_probability(sums, totals_));
  result.symbols.reserve(symbols_.size());
  for (const RatioSums& sums : symbols_) result.symbols.push_back(ratio_mean(sums, totals_));
}

}  // namespace wend
