#include "host/oracles/row_table.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <string>
#include <vector>

#include "host/oracles/compile_error.hpp"

namespace wend {
namespace {

constexpr std::uint64_t kDraws = std::uint64_t{1} << 32U;
constexpr std::uint64_t kCumulativeUnits = kDraws - 1;
constexpr std::uint32_t kNever = 0xFFFFFFFFU;
constexpr std::uint32_t kCumulativeAlphabet = 4;  // the largest
constexpr std::uint32_t kMaxAlphabet = 65535;     // an outcome takes 16 bits of an alias slot

std::uint32_t slot_bits_of(std::uint32_t alphabet) {
  return alphabet <= kCumulativeAlphabet
             ? 0U
             : static_cast<std::uint32_t>(std::bit_width(static_cast<std::uint32_t>(alphabet)));
}

void set_cumulative(std::span<const std::uint64_t> units, std::span<std::uint32_t> row) {
  std::ranges::fill(row, kNever);
  std::uint64_t before = 0;
  for (std::size_t outcome = 0; outcome + 1 < units.size(); ++outcome) {
    before += units[outcome];
    row[outcome] = static_cast<std::uint32_t>(before);
  }
}

// Vose's construction in integers: each slot is filled by at most two outcomes, and every outcome
// keeps exactly its units.
void set_alias(std::span<std::uint64_t> units, std::uint32_t slot_bits,
               std::span<std::uint32_t> row) {
  const std::uint64_t slots = std::uint64_t{1} << slot_bits;
  const std::uint64_t capacity = kDraws >> slot_bits;
  std::vector<std::uint32_t> small;
  std::vector<std::uint32_t> large;
  for (std::uint32_t outcome = 0; outcome < units.size(); ++outcome) {
    if (units[outcome] == 0) continue;
    (units[outcome] < capacity ? small : large).push_back(outcome);
  }
  for (std::uint64_t slot = 0; slot < slots; ++slot) {
    std::uint32_t first;
    std::uint64_t threshold;
    std::uint32_t second;
    if (!small.empty()) {
      first = small.back();
      small.pop_back();
      threshold = units[first];
      second = large.back();
      units[second] -= capacity - threshold;
    } else {
      first = large.back();
      threshold = capacity;
      second = first;
      units[first] -= capacity;
    }
    if (units[second] < capacity) {
      large.pop_back();
      if (units[second] > 0) small.push_back(second);
    }
    row[2 * slot] = static_cast<std::uint32_t>(threshold);
    row[2 * slot + 1] = first | second << 16U;
  }
}

}  // namespace

RowTable::RowTable(std::uint32_t alphabet, std::uint64_t rows)
    : alphabet_(alphabet),
      slot_bits_(slot_bits_of(alphabet)),
      rows_(rows),
      words_per_row_(words_per_row(alphabet)) {
  if (alphabet < 2 || alphabet > kMaxAlphabet)
    throw CompileError("alphabet: must be 2 to 65535, is " + std::to_string(alphabet));
  // Kernels number word pairs in 32 bits, and vector gathers read these as signed.
  if (rows > (std::uint64_t{1} << 32U) / words_per_row_)
    throw CompileError("the table needs " + std::to_string(rows) + " rows of " +
                       std::to_string(words_per_row_) +
                       " words, more than the 2^32 words that a kernel can address");
  memory_ = TableMemory<std::uint32_t>(rows * words_per_row_);
}

std::uint64_t RowTable::words_per_row(std::uint32_t alphabet) {
  if (alphabet <= kCumulativeAlphabet) return alphabet == 2 ? 2 : 4;
  return std::uint64_t{2} << slot_bits_of(alphabet);
}

void RowTable::set(std::uint64_t row, std::span<const double> outcomes) {
  const std::span<std::uint32_t> words(memory_.data() + row * words_per_row_, words_per_row_);
  if (slot_bits_ == 0) {
    std::array<std::uint64_t, kCumulativeAlphabet + 1> units{};
    const std::span<std::uint64_t> used(units.data(), outcomes.size());
    quantise(outcomes, kCumulativeUnits, used);
    set_cumulative(used, words);
  } else {
    std::vector<std::uint64_t> units(outcomes.size());
    quantise(outcomes, kDraws, units);
    set_alias(units, slot_bits_, words);
  }
}

void RowTable::set_always_up(std::uint64_t row) {
  std::vector<double> outcomes(alphabet_ + 1, 0.0);
  outcomes[0] = 1.0;
  set(row, outcomes);
}

void quantise(std::span<const double> weights, std::uint64_t total,
              std::span<std::uint64_t> units) {
  // Scaled by the largest, so that no sum overflows.
  const double largest = *std::ranges::max_element(weights);
  double sum = 0;
  std::size_t last_positive = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    sum += weights[i] / largest;
    if (weights[i] > 0) last_positive = i;
  }
  double cumulative = 0;
  std::uint64_t before = 0;
  std::uint64_t missing = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    cumulative += weights[i] / largest;
    const auto boundary =
        i >= last_positive ? total
                           : std::min(total, static_cast<std::uint64_t>(std::llround(
                                                 cumulative / sum * static_cast<double>(total))));
    units[i] = weights[i] > 0 ? boundary - before : 0;
    before = boundary;
    if (weights[i] > 0 && units[i] == 0) {
      units[i] = 1;
      ++missing;
    }
  }
  // The largest has at least total / size units, more than the size - 1 that can be missing.
  *std::ranges::max_element(units) -= missing;
}

}  // namespace wend
