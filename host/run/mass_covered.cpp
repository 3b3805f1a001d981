#include "host/run/mass_covered.hpp"

#include <algorithm>
#include <cmath>

#include "host/base/no_mass.hpp"
#include "kernels/lockstep/log_mass.hpp"
#include "kernels/random/philox.hpp"

namespace wend {
namespace {

// Two chains of Philox blocks, by different keys.
std::array<std::uint64_t, 2> hash_of(std::span<const std::uint32_t> symbols) {
  std::array<std::uint64_t, 2> hash{0x9E3779B97F4A7C15U, 0xD1B54A32D192ED03U};
  for (const std::uint32_t symbol : symbols) {
    for (std::size_t half = 0; half < 2; ++half) {
      const kernels::DrawBlock block =
          kernels::draw_block(hash[half], kernels::kPurposeScouts, symbol, half);
      hash[half] = std::uint64_t{block.word[0]} << 32U | block.word[1];
    }
  }
  return hash;
}

}  // namespace

void MassCovered::add(std::span<const std::uint32_t> symbols, double log_mass) {
  const std::array<std::uint64_t, 2> hash = hash_of(symbols);
  const std::scoped_lock lock(mutex_);
  symbols_ = std::max(symbols_, static_cast<double>(symbols.size()));
  if (overflown_) return;
  log_masses_.emplace(hash, log_mass);
  if (log_masses_.size() <= kMostSequences) return;
  overflown_ = true;
  log_masses_.clear();
}

std::optional<double> MassCovered::log_mass() const {
  double largest = kNoMass;
  double magnitude = 1;
  for (const auto& [hash, log] : log_masses_) {
    largest = std::max(largest, log);
    magnitude = std::max(magnitude, std::abs(log));
  }
  if (largest == kNoMass) return std::nullopt;
  double sum = 0;
  for (const auto& [hash, log] : log_masses_) sum += kernels::mass_of_log(log - largest);
  // The logarithm of a mass is a sum of as many floats as the sequence has symbols.
  return largest + kernels::log_of_mass(sum) - 0x1p-22 * magnitude * symbols_;
}

}  // namespace wend
