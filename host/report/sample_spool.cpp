#include "host/report/sample_spool.hpp"

#include <fmt/format.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>
#include <span>
#include <string>
#include <utility>

#include "host/base/number_text.hpp"
#include "host/files/csv_writer.hpp"
#include "host/files/npz_writer.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

constexpr std::uint64_t kDouble = sizeof(double);

bool is_csv(const std::filesystem::path& output) {
  const std::string extension = output.extension().string();
  if (extension != ".npz" && is_stream(output)) return true;
  if (extension != ".csv" && extension != ".npz") {
    throw Error(ErrorKind::kUsage, output.string() + ": must end in .npz or .csv");
  }
  return extension == ".csv";
}

template <class T>
std::span<const std::byte> bytes_of(const T* values, std::uint64_t count) {
  return std::as_bytes(std::span(values, count));
}

// Gives `next()` as many times as fit the bytes asked for, cutting values where the bytes end.
template <class T, class Next>
ByteSource generated(Next next) {
  return [next = std::move(next), value = T{}, used = sizeof(T)](std::span<std::byte> out) mutable {
    while (!out.empty()) {
      if (used == sizeof(T)) {
        value = next();
        used = 0;
      }
      const std::size_t count = std::min(sizeof(T) - used, out.size());
      std::memcpy(out.data(), reinterpret_cast<const std::byte*>(&value) + used, count);
      used += count;
      out = out.subspan(count);
    }
  };
}

}  // namespace

SampleSpool::SampleSpool(const std::filesystem::path& output, const SampleTable& table)
    : table_(table),
      csv_(is_csv(output)),
      symbol_bytes_(table.alphabet <= 256 ? 1 : (table.alphabet <= 65536 ? 2 : 4)),
      output_(output),
      symbols_(output_.name(), output_.folder(), TemporaryFile::Use::kScratch),
      log_mass_(output_.name(), output_.folder(), TemporaryFile::Use::kScratch) {
  if (table.with_weight)
    log_weight_.emplace(output_.name(), output_.folder(), TemporaryFile::Use::kScratch);
  const std::uint64_t row_bytes =
      table.horizon * symbol_bytes_ + kDouble * (table.with_weight ? 2 : 1);
  // The .npz holds as much as the temporary files do, and the chains; a .csv line is no shorter.
  std::uint64_t bytes = 0;
  if (__builtin_mul_overflow(2 * row_bytes + sizeof(std::uint32_t), table.samples, &bytes)) {
    fail("so many samples overflow a file");
  }
  check_room(bytes);
}

void SampleSpool::check_room(std::uint64_t bytes) const {
  struct statvfs disk = {};
  // File systems that do not know their size say 0 blocks.
  if (::statvfs(output_.folder().c_str(), &disk) != 0 || disk.f_blocks == 0) return;
  const double free = static_cast<double>(disk.f_bavail) * static_cast<double>(disk.f_frsize);
  if (static_cast<double>(bytes) > free) {
    fail(fmt::format("the draws need {} of disk, {} are free", byte_size(bytes),
                     byte_size(static_cast<std::uint64_t>(free))));
  }
}

void SampleSpool::put(const SampleRows& rows) {
  if (rows.count == 0) return;
  const std::uint64_t begin = first_row(table_.samples, table_.chains, rows.chain);
  if (rows.chain >= table_.chains || rows.row < begin || rows.row - begin > quota(rows.chain) ||
      rows.count > quota(rows.chain) - (rows.row - begin)) {
    fail(fmt::format("rows {} to {} are not of chain {}", rows.row, rows.row + rows.count - 1,
                     rows.chain));
  }
  const std::span symbols(rows.symbols, rows.count * table_.horizon);
  const std::uint64_t offset = rows.row * table_.horizon;
  if (symbol_bytes_ == 4)
    symbols_.write_at(std::as_bytes(symbols), sizeof(std::uint32_t) * offset);
  else if (symbol_bytes_ == 2)
    put_narrow<std::uint16_t>(symbols, offset);
  else
    put_narrow<std::uint8_t>(symbols, offset);
  log_mass_.write_at(bytes_of(rows.log_mass, rows.count), rows.row * kDouble);
  if (log_weight_) {
    log_weight_->write_at(bytes_of(rows.log_weight, rows.count), rows.row * kDouble);
  }
  rows_put_.fetch_add(rows.count, std::memory_order_relaxed);
}

template <class Narrow>
void SampleSpool::put_narrow(std::span<const std::uint32_t> symbols, std::uint64_t offset) {
  std::array<Narrow, 1U << 14U> narrow;  // NOLINT: filled before it is read
  while (!symbols.empty()) {
    const std::size_t count = std::min(narrow.size(), symbols.size());
    std::ranges::transform(symbols.first(count), narrow.begin(),
                           [](std::uint32_t symbol) { return static_cast<Narrow>(symbol); });
    symbols_.write_at(bytes_of(narrow.data(), count), sizeof(Narrow) * offset);
    symbols = symbols.subspan(count);
    offset += count;
  }
}

void SampleSpool::finish(const SampleResult& result) {
  finish(chain_samples(result), chain_columns(result, table_.alphabet));
}

void SampleSpool::finish(const std::vector<std::uint64_t>& drawn,
                         std::vector<ChainColumn> counters) {
  const std::vector<Run> runs = drawn_rows(drawn);
  const std::uint64_t rows =
      std::accumulate(runs.begin(), runs.end(), std::uint64_t{0},
                      [](std::uint64_t sum, const Run& run) { return sum + run.count; });
  if (rows != rows_put_) {
    fail(fmt::format("the chains drew {} samples, {} were handed over", rows, rows_put_.load()));
  }
  if (csv_) {
    write_table(drawn, runs, rows);
  } else {
    write_arrays(drawn, std::move(counters), runs, rows);
  }
  output_.commit();
}

std::uint64_t SampleSpool::quota(std::uint64_t chain) const {
  return chain_quota(table_.samples, table_.chains, chain);
}

std::vector<SampleSpool::Run> SampleSpool::drawn_rows(
    const std::vector<std::uint64_t>& drawn) const {
  if (drawn.size() != table_.chains) {
    fail(fmt::format("{} chains were run, not {}", drawn.size(), table_.chains));
  }
  std::vector<Run> runs;
  std::uint64_t begin = 0;
  for (std::uint64_t chain = 0; chain < table_.chains; ++chain) {
    const std::uint64_t count = drawn[chain];
    if (count > quota(chain)) {
      fail(fmt::format("chain {} drew {} samples, not {}", chain, count, quota(chain)));
    }
    if (!runs.empty() && runs.back().begin + runs.back().count == begin) {
      runs.back().count += count;
    } else if (count > 0) {
      runs.push_back({.begin = begin, .count = count});
    }
    begin += quota(chain);
  }
  return runs;
}

ByteSource SampleSpool::packed(const TemporaryFile& file, std::uint64_t row_bytes,
                               const std::vector<Run>& runs) {
  return [&file, row_bytes, &runs, run = std::size_t{0},
          used = std::uint64_t{0}](std::span<std::byte> out) mutable {
    while (!out.empty()) {
      const std::uint64_t bytes = runs[run].count * row_bytes;
      const std::uint64_t count = std::min<std::uint64_t>(bytes - used, out.size());
      file.read_at(out.first(count), runs[run].begin * row_bytes + used);
      out = out.subspan(count);
      used += count;
      if (used == bytes) {
        ++run;
        used = 0;
      }
    }
  };
}

template <class T>
ByteSource SampleSpool::chain_numbers(const std::vector<std::uint64_t>& drawn) {
  return generated<T>([&drawn, chain = std::uint64_t{0}, given = std::uint64_t{0}]() mutable {
    while (given == drawn[chain]) {
      ++chain;
      given = 0;
    }
    ++given;
    return static_cast<T>(chain);
  });
}

void SampleSpool::write_arrays(const std::vector<std::uint64_t>& drawn,
                               std::vector<ChainColumn> counters, const std::vector<Run>& runs,
                               std::uint64_t rows) {
  const bool narrow_chains = table_.chains <= std::uint64_t{1} << 32U;
  std::vector<NpzArray> arrays;
  arrays.push_back(
      {"samples",
       symbol_bytes_ == 1 ? NpyType::kU1 : (symbol_bytes_ == 2 ? NpyType::kU2 : NpyType::kU4),
       {rows, table_.horizon},
       packed(symbols_, table_.horizon * symbol_bytes_, runs)});
  arrays.push_back(
      {"chain",
       narrow_chains ? NpyType::kU4 : NpyType::kU8,
       {rows},
       narrow_chains ? chain_numbers<std::uint32_t>(drawn) : chain_numbers<std::uint64_t>(drawn)});
  arrays.push_back({"log_mass", NpyType::kF8, {rows}, packed(log_mass_, kDouble, runs)});
  if (log_weight_) {
    arrays.push_back({"log_weight", NpyType::kF8, {rows}, packed(*log_weight_, kDouble, runs)});
  }
  for (ChainColumn& column : counters) {
    arrays.push_back({"counters_" + column.name,
                      NpyType::kU8,
                      {table_.chains},
                      generated<std::uint64_t>(
                          [value = std::move(column.value), chain = std::uint64_t{0}]() mutable {
                            return value(chain++);
                          })});
  }
  write_npz(output_, std::move(arrays));
}

void SampleSpool::write_table(const std::vector<std::uint64_t>& drawn, const std::vector<Run>& runs,
                              std::uint64_t rows) {
  write_csv(output_,
            {.rows = rows,
             .horizon = table_.horizon,
             .alphabet = table_.alphabet,
             .chain = chain_numbers<std::uint64_t>(drawn),
             .log_mass = packed(log_mass_, kDouble, runs),
             .log_weight = log_weight_ ? packed(*log_weight_, kDouble, runs) : ByteSource(),
             .symbols = packed(symbols_, table_.horizon * symbol_bytes_, runs)});
}

void SampleSpool::fail(const std::string& reason) const {
  throw Error(ErrorKind::kRuntime, output_.name() + ": " + reason);
}

}  // namespace wend
