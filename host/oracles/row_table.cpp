#include "host/oracles/row_table.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "host/oracles/compile_error.hpp"
#include "kernels/walk/rule.hpp"
#include "kernels/walk/unit_rows.hpp"

namespace wend {
namespace {

constexpr std::uint64_t kDraws = std::uint64_t{1} << 32U;
constexpr std::uint32_t kNever = 0xFFFFFFFFU;
constexpr std::uint32_t kCumulativeAlphabet = 4;  // the largest

void write_cumulative(std::span<const std::uint64_t> units, std::span<std::uint32_t> row) {
  std::ranges::fill(row, kNever);
  std::uint64_t before = 0;
  for (std::size_t outcome = 0; outcome + 1 < units.size(); ++outcome) {
    before += units[outcome];
    row[outcome] = static_cast<std::uint32_t>(before);
  }
}

// Slot i has room for `capacity` draws and belongs to outcome i. In one sweep, the outcomes that
// leave room ("light") are filled up by those that have too much ("heavy"), both in their order;
// a heavy outcome that comes down to a slot or less keeps the rest in its own slot, which the next
// heavy one fills up. With E_j the heavy outcomes' excess up to and with j and D_i the light ones'
// room before i, the alias of a light i is the first heavy j with E_j > D_i: sums tell it without
// the sweep (Huebschle-Schneider & Sanders 2019).
void write_alias(std::span<const std::uint64_t> units, std::uint32_t slot_bits,
                 std::span<std::uint32_t> row) {
  const std::uint64_t slots = std::uint64_t{1} << slot_bits;
  const std::uint64_t capacity = kDraws >> slot_bits;
  const auto units_of = [&](std::uint64_t slot) { return slot < units.size() ? units[slot] : 0; };
  const auto fill = [&](std::uint64_t slot, std::uint64_t own, std::uint64_t alias) {
    row[2 * slot] = static_cast<std::uint32_t>(own);
    row[2 * slot + 1] = static_cast<std::uint32_t>(alias);
  };
  const auto next_heavy = [&](std::uint64_t slot) {
    while (slot < units.size() && units[slot] <= capacity) ++slot;
    return slot;
  };

  std::uint64_t heavy = next_heavy(0);
  std::uint64_t left = units_of(heavy);  // of the heavy outcome's units, still to be placed
  for (std::uint64_t light = 0; light < slots; ++light) {
    const std::uint64_t own = units_of(light);
    if (own > capacity) continue;
    if (own == capacity) {
      fill(light, capacity, light);
      continue;
    }
    while (left <= capacity) {
      const std::uint64_t next = next_heavy(heavy + 1);
      fill(heavy, left, next);
      left += units_of(next) - capacity;
      heavy = next;
    }
    fill(light, own, heavy);
    left -= capacity - own;
  }
  // What is left fills the slots of the heavy outcomes themselves.
  while (heavy < units.size()) {
    const std::uint64_t next = next_heavy(heavy + 1);
    fill(heavy, left, next < units.size() ? next : heavy);
    left += units_of(next) - capacity;
    heavy = next;
  }
}

// Four at a time, since each comparison waits for the one before.
double largest_of(std::span<const double> values) {
  double largest[4] = {0, 0, 0, 0};
  std::size_t i = 0;
  for (; i + 4 <= values.size(); i += 4)
    for (std::size_t k = 0; k < 4; ++k) largest[k] = std::max(largest[k], values[i + k]);
  for (; i < values.size(); ++i) largest[0] = std::max(largest[0], values[i]);
  return std::max({largest[0], largest[1], largest[2], largest[3]});
}

// A power of two that brings `largest` near 1: sums do not overflow, and nothing is rounded.
double near_one(double largest) { return std::ldexp(1.0, std::min(-std::ilogb(largest), 1023)); }

}  // namespace

RowFormat::RowFormat(std::uint32_t alphabet)
    : alphabet_(alphabet),
      slot_bits_(alphabet <= kCumulativeAlphabet
                     ? 0U
                     : static_cast<std::uint32_t>(std::bit_width(alphabet))) {
  if (alphabet < 2 || alphabet > kMostSymbols)
    throw CompileError("alphabet: must be 2 to " + std::to_string(kMostSymbols) + ", is " +
                       std::to_string(alphabet));
}

std::uint64_t RowFormat::words_per_row() const {
  if (slot_bits_ == 0) return alphabet_ == 2 ? 2 : 4;
  return std::uint64_t{2} << slot_bits_;
}

std::uint64_t RowFormat::units() const { return slot_bits_ == 0 ? kDraws - 1 : kDraws; }

void RowFormat::write(std::span<const std::uint64_t> units, std::span<std::uint32_t> words) const {
  if (slot_bits_ == 0)
    write_cumulative(units, words);
  else
    write_alias(units, slot_bits_, words);
}

void write_unit_row(std::span<const std::uint64_t> units, std::span<std::uint32_t> words) {
  const auto outcomes = static_cast<std::uint32_t>(units.size());
  const std::uint64_t capacity = kDraws >> static_cast<std::uint32_t>(std::bit_width(outcomes - 1));
  std::uint32_t* sums = words.data() + kernels::UnitRows::sums_at(outcomes);
  std::uint64_t excess = 0;
  std::uint64_t room = 0;
  const auto put_sums = [&] {
    for (const std::uint64_t sum : {excess, room}) {
      *sums++ = static_cast<std::uint32_t>(sum);
      *sums++ = static_cast<std::uint32_t>(sum >> 32U);
    }
  };
  for (std::uint32_t first = 0; first < outcomes; first += kernels::UnitRows::kBlock) {
    put_sums();
    const std::uint32_t end = std::min(first + kernels::UnitRows::kBlock, outcomes);
    for (std::uint32_t i = first; i < end; ++i) {
      // The one outcome of a row may have all 2^32: a unit less decides alike.
      const std::uint64_t own = std::min(units[i], kDraws - 1);
      words[i] = static_cast<std::uint32_t>(own);
      const std::uint64_t shared = std::min(own, capacity);
      excess += own - shared;
      room += capacity - shared;
    }
  }
  put_sums();
}

RowTable::RowTable(std::uint32_t alphabet, std::uint64_t rows) : format_(alphabet), rows_(rows) {
  // Kernels number word pairs in 32 bits, and vector gathers read these as signed.
  const std::uint64_t words = format_.words_per_row();
  if (rows > (std::uint64_t{1} << 32U) / words)
    throw CompileError("the table needs " + std::to_string(rows) + " rows of " +
                       std::to_string(words) +
                       " words, more than the 2^32 words that a kernel can "
                       "address");
  memory_ = TableMemory<std::uint32_t>(rows * words);
}

std::uint64_t RowTable::words_per_row(std::uint32_t alphabet) {
  return RowFormat(alphabet).words_per_row();
}

void RowTable::set(std::uint64_t row, std::span<const double> outcomes) {
  std::vector<std::uint64_t> units(outcomes.size());
  quantise(outcomes, format_.units(), units);
  format_.write(units, rows_from(row, 1));
}

std::span<std::uint32_t> RowTable::rows_from(std::uint64_t first, std::uint64_t count) {
  const std::uint64_t words = format_.words_per_row();
  return {memory_.data() + first * words, count * words};
}

void quantise(std::span<const double> weights, std::uint64_t total,
              std::span<std::uint64_t> units) {
  const auto size = static_cast<std::uint32_t>(weights.size());
  const double scale = near_one(largest_of(weights));
  // What has mass must not lose it to underflow.
  constexpr std::uint32_t kChunk = 512;
  double small[kChunk];
  std::vector<double> large(size > kChunk ? size : 0);
  double* scaled = size > kChunk ? large.data() : small;
  std::uint64_t positive = 0;
  for (std::uint32_t i = 0; i < size; ++i) {
    const double weight = std::max(weights[i] * scale, std::numeric_limits<double>::min());
    scaled[i] = weights[i] > 0 ? weight : 0.0;
    positive += weights[i] > 0 ? 1U : 0U;
  }
  const auto share = kernels::UnitScale::share(total, positive, kernels::ordered_sum(scaled, size));
  std::uint64_t given = 0;
  std::uint64_t most = 0;
  std::uint32_t first = 0;
  for (std::uint32_t i = 0; i < size; ++i) {
    units[i] = share.units(scaled[i]);
    given += units[i];
    if (units[i] > most) {
      most = units[i];
      first = i;
    }
  }
  units[first] += total - given;
}

}  // namespace wend
