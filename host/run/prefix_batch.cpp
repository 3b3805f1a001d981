#include "host/run/prefix_batch.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <optional>

#include "host/oracles/end_bits.hpp"
#include "kernels/random/philox.hpp"

namespace wend {

PrefixBatch::PrefixBatch(BatchOracle& oracle, std::uint32_t size, std::uint64_t seed)
    : oracle_(oracle),
      alphabet_(oracle.traits().alphabet),
      horizon_(oracle.traits().horizon),
      seed_(seed),
      end_bits_(end_bits_of(oracle.traits())),
      symbols_(std::size_t{size} * horizon_),
      slot_(size),
      depth_(size, 0),
      symbol_(size, 0),
      known_(size, 0),
      prefix_(size) {
  const std::size_t cells = std::size_t{size} * alphabet_;
  if (oracle.traits().rows == RowKind::kLogRatio) {
    logs_.resize(cells);
  } else {
    masses_.resize(cells);
    own_.resize(size);
  }
  std::iota(slot_.begin(), slot_.end(), 0U);
  for (std::uint32_t i = 0; i < size; ++i) prefix_[i] = symbols_.data() + std::size_t{i} * horizon_;
}

void PrefixBatch::ask() {
  OracleRows rows;
  if (logs_.empty()) {
    rows.mass = masses_.data();
    rows.own = own_.data();
  } else {
    rows.log_ratio = logs_.data();
  }
  oracle_.expand(0,
                 {static_cast<std::uint32_t>(slot_.size()), slot_.data(), depth_.data(),
                  symbol_.data(), known_.data(), prefix_.data()},
                 rows);
  ++calls_;
}

void PrefixBatch::grow() {
  for (std::uint32_t i = 0; i < slot_.size(); ++i) {
    known_[i] = depth_[i];
    if (depth_[i] + 1 < horizon_ && take_child(i)) continue;
    depth_[i] = symbol_[i] = known_[i] = 0;
  }
}

// A child's mass on the row's own scale.
double PrefixBatch::weight(std::uint64_t cell) const {
  return logs_.empty() ? masses_[cell] : std::exp(static_cast<double>(logs_[cell]));
}

// False where the sequence ends: at a dead end, or by an end symbol.
bool PrefixBatch::take_child(std::uint32_t i) {
  const std::uint64_t first = std::uint64_t{i} * alphabet_;
  double total = 0;
  for (std::uint32_t c = 0; c < alphabet_; ++c) total += weight(first + c);
  const kernels::DrawBlock draw =
      kernels::draw_block(seed_, kernels::kPurposePilot, slot_[i], calls_);
  double left = total * (draw.word[0] * 0x1p-32);
  std::optional<std::uint32_t> child;
  for (std::uint32_t c = 0; c < alphabet_; ++c) {
    const double mass = weight(first + c);
    if (!(mass > 0)) continue;
    child = c;
    left -= mass;
    if (left < 0) break;
  }
  if (!child) return false;
  const bool ends = !end_bits_.empty() && (end_bits_[*child / 32] >> (*child % 32) & 1U) != 0;
  if (ends) return false;
  symbols_[std::size_t{i} * horizon_ + depth_[i]] = *child;
  symbol_[i] = *child;
  ++depth_[i];
  return true;
}

std::uint64_t PrefixBatch::new_symbols() const {
  return depths() - std::accumulate(known_.begin(), known_.end(), std::uint64_t{0});
}

std::uint64_t PrefixBatch::depths() const {
  return std::accumulate(depth_.begin(), depth_.end(), std::uint64_t{0});
}

}  // namespace wend
