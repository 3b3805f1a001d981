#include "python/src/draw_table.hpp"

#include <nanobind/ndarray.h>

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

#include "host/base/memory_limit.hpp"
#include "python/src/new_array.hpp"
#include "wend/error.hpp"

namespace wend::python {
namespace {

SampleTable checked(const SampleTable& table) {
  const std::uint64_t row = table.horizon * sizeof(std::uint32_t) + 2 * sizeof(double);
  std::uint64_t bytes = 0;
  if (__builtin_mul_overflow(row, table.samples, &bytes))
    throw Error(ErrorKind::kRuntime, "samples", "so many overflow the memory");
  return table;
}

std::uint64_t symbol_bytes(std::uint32_t alphabet) {
  return alphabet <= 256 ? 1 : alphabet <= 65536 ? 2 : 4;
}

template <class T>
nb::object shared_array(const void* data, std::vector<std::size_t> shape, nb::handle owner) {
  return nb::cast(
      nb::ndarray<nb::numpy, T>(const_cast<void*>(data), shape.size(), shape.data(), owner));
}

/// Moves `count` elements from one row to an earlier one.
template <class T>
void move_rows(T* values, std::uint64_t width, std::uint64_t from, std::uint64_t to,
               std::uint64_t count) {
  if (values != nullptr)
    std::memmove(values + to * width, values + from * width, count * width * sizeof(T));
}

}  // namespace

DrawTable::DrawTable(const SampleTable& table)
    : table_(checked(table)), symbol_bytes_(symbol_bytes(table.alphabet)) {
  const std::uint64_t doubles = table.samples * sizeof(double) * (table.with_weight ? 2 : 1);
  check_memory(table.samples * row_bytes() + doubles, "samples: the draws");
  symbols_ = TableMemory<std::byte>(table.samples * row_bytes());
  log_mass_ = TableMemory<double>(table.samples);
  if (table.with_weight) log_weight_ = TableMemory<double>(table.samples);
}

void DrawTable::put(const SampleRows& rows) {
  const std::span symbols(rows.symbols, rows.count * table_.horizon);
  std::byte* to = symbols_.data() + rows.row * row_bytes();
  const auto narrow = [&symbols, to]<class Narrow>(Narrow) {
    std::ranges::transform(symbols, reinterpret_cast<Narrow*>(to),
                           [](std::uint32_t symbol) { return static_cast<Narrow>(symbol); });
  };
  if (symbol_bytes_ == 1) narrow(std::uint8_t{});
  if (symbol_bytes_ == 2) narrow(std::uint16_t{});
  if (symbol_bytes_ == 4) std::memcpy(to, symbols.data(), symbols.size_bytes());
  std::copy_n(rows.log_mass, rows.count, log_mass_.data() + rows.row);
  if (table_.with_weight) std::copy_n(rows.log_weight, rows.count, log_weight_.data() + rows.row);
}

void DrawTable::finish(std::vector<std::uint64_t> drawn) {
  drawn_ = std::move(drawn);
  rows_ = 0;
  std::uint64_t begin = 0;
  for (std::uint64_t chain = 0; chain < table_.chains; ++chain) {
    if (begin != rows_) {
      move_rows(symbols_.data(), row_bytes(), begin, rows_, drawn_[chain]);
      move_rows(log_mass_.data(), 1, begin, rows_, drawn_[chain]);
      move_rows(log_weight_.data(), 1, begin, rows_, drawn_[chain]);
    }
    rows_ += drawn_[chain];
    begin += chain_quota(table_.samples, table_.chains, chain);
  }
}

nb::object DrawTable::samples(nb::handle owner) const {
  const std::vector<std::size_t> shape{rows_, table_.horizon};
  if (symbol_bytes_ == 1) return shared_array<std::uint8_t>(symbols_.data(), shape, owner);
  if (symbol_bytes_ == 2) return shared_array<std::uint16_t>(symbols_.data(), shape, owner);
  return shared_array<std::uint32_t>(symbols_.data(), shape, owner);
}

nb::object DrawTable::log_mass(nb::handle owner) const {
  return shared_array<double>(log_mass_.data(), {rows_}, owner);
}

nb::object DrawTable::log_weight(nb::handle owner) const {
  if (!table_.with_weight) return nb::none();
  return shared_array<double>(log_weight_.data(), {rows_}, owner);
}

nb::object DrawTable::chain() const {
  NewArray<std::uint32_t> chains({rows_});
  std::uint32_t* to = chains.data();
  for (std::uint64_t chain = 0; chain < drawn_.size(); ++chain)
    to = std::fill_n(to, drawn_[chain], static_cast<std::uint32_t>(chain));
  return chains.give();
}

void DrawTable::write(const std::filesystem::path& output,
                      std::vector<ChainColumn> counters) const {
  constexpr std::uint64_t kBlock = 4096;  // rows
  SampleSpool spool(output, table_);
  std::vector<std::uint32_t> wide(kBlock * table_.horizon);
  std::uint64_t row = 0;
  const auto widen = [&wide, this]<class Narrow>(Narrow, std::uint64_t first, std::uint64_t count) {
    const auto* from = reinterpret_cast<const Narrow*>(symbols_.data()) + first * table_.horizon;
    std::copy_n(from, count * table_.horizon, wide.begin());
  };
  for (std::uint64_t chain = 0; chain < table_.chains; ++chain) {
    const std::uint64_t begin = first_row(table_.samples, table_.chains, chain);
    for (std::uint64_t done = 0; done < drawn_[chain];) {
      const std::uint64_t count = std::min(kBlock, drawn_[chain] - done);
      if (symbol_bytes_ == 1) widen(std::uint8_t{}, row, count);
      if (symbol_bytes_ == 2) widen(std::uint16_t{}, row, count);
      if (symbol_bytes_ == 4) widen(std::uint32_t{}, row, count);
      spool.put({begin + done, chain, count, wide.data(), log_mass_.data() + row,
                 table_.with_weight ? log_weight_.data() + row : nullptr});
      done += count;
      row += count;
    }
  }
  spool.finish(drawn_, std::move(counters));
}

nb::dict counter_arrays(const std::vector<ChainColumn>& columns, std::uint64_t chains) {
  nb::dict arrays;
  for (const ChainColumn& column : columns) {
    NewArray<std::uint64_t> values({chains});
    for (std::uint64_t chain = 0; chain < chains; ++chain)
      values.data()[chain] = column.value(chain);
    arrays[column.name.c_str()] = values.give();
  }
  return arrays;
}

}  // namespace wend::python
