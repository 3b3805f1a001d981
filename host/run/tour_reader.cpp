#include "host/run/tour_reader.hpp"

#include <algorithm>
#include <cmath>
#include <variant>

#include "host/base/parallel.hpp"
#include "kernels/lockstep/path_sums.hpp"
#include "wend/error.hpp"

namespace wend {

TourReader::TourReader(const Instance& instance, const Oracle& oracle, bool with_mass,
                       std::optional<double> log_scale, unsigned threads)
    : instance_(instance),
      oracle_(oracle),
      sums_in_records_(std::holds_alternative<ModelOracle>(oracle) &&
                       record_sums(std::get<ModelOracle>(oracle)) != 0),
      with_mass_(with_mass),
      log_scale_(log_scale),
      threads_(threads) {}

std::uint64_t TourReader::leaf_bytes() const {
  return sizeof(std::uint32_t) * record_words(oracle_) + sizeof(std::uint32_t) * horizon(oracle_) +
         2 * sizeof(double) + sizeof(std::uint32_t);
}

const TourBatch& TourReader::read(std::span<const ChainTours> tours) {
  constexpr std::uint64_t kGrain = 256;
  const std::uint32_t words = record_words(oracle_);
  batch_.visits.clear();
  std::vector<std::uint64_t> first_leaf{0};  // of each chain, and the end
  for (const ChainTours& chain : tours) {
    batch_.visits.insert(batch_.visits.end(), chain.visits.begin(), chain.visits.end());
    first_leaf.push_back(first_leaf.back() + chain.records.size() / words);
  }
  const std::uint64_t leaves = first_leaf.back();
  batch_.resize(leaves, horizon(oracle_), with_mass_, log_scale_.has_value());
  parallel_blocks(leaves, kGrain, threads_, [&](std::uint64_t first, std::uint64_t last) {
    std::vector<std::uint32_t> symbols(horizon(oracle_));
    auto chain =
        static_cast<std::size_t>(std::ranges::upper_bound(first_leaf, first) - first_leaf.begin()) -
        1;
    for (std::uint64_t leaf = first; leaf < last; ++leaf) {
      while (leaf >= first_leaf[chain + 1]) ++chain;
      read_leaf(tours[chain].records.data() + (leaf - first_leaf[chain]) * words, leaf, symbols);
    }
  });
  return batch_;
}

void TourReader::read_leaf(const std::uint32_t* record, std::uint64_t leaf,
                           std::span<std::uint32_t> symbols) {
  decode(oracle_, record, symbols);
  for (std::size_t h = 0; h < symbols.size(); ++h)
    batch_.symbols[h * batch_.leaves + leaf] = symbols[h];
  const std::uint32_t* sums = sums_in_records_ ? record + symbols.size() : nullptr;
  if (with_mass_)
    batch_.log_mass[leaf] =
        sums != nullptr ? kernels::load_double(sums) : instance_.log_mass(symbols.data());
  if (!log_scale_) return;
  const double log_weight =
      sums != nullptr ? kernels::load_double(sums + 2) : instance_.log_weight(symbols.data());
  const double weight = std::exp(log_weight - *log_scale_);
  // Its square must fit, too.
  if (!(weight < 1e150))
    throw Error(ErrorKind::kRuntime, "algorithm = sequential",
                "the estimate is so far off that importance weights exceed the doubles");
  batch_.weight[leaf] = weight;
}

}  // namespace wend
