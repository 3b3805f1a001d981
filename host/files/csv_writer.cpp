#include "host/files/csv_writer.hpp"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <string>
#include <vector>

namespace wend {
namespace {

constexpr std::uint64_t kBlockSymbols = 1U << 18U;
constexpr std::uint64_t kBlockRows = 1U << 14U;
constexpr std::size_t kNumberChars = 32;  // a separator and any 64-bit number

// ",0", ",1", ... ready to be copied as 8 bytes, of which `size` count.
struct SymbolText {
  std::array<char, 7> chars{};
  std::uint8_t size = 0;
};
static_assert(sizeof(SymbolText) == 8);

std::vector<SymbolText> symbol_texts(std::uint32_t alphabet) {
  std::vector<SymbolText> texts(alphabet);
  for (std::uint32_t symbol = 0; symbol < alphabet; ++symbol) {
    const auto end = fmt::format_to(texts[symbol].chars.begin(), FMT_COMPILE(",{}"), symbol);
    texts[symbol].size = static_cast<std::uint8_t>(end - texts[symbol].chars.begin());
  }
  return texts;
}

template <class T>
void fill(const ByteSource& source, std::vector<T>& values, std::uint64_t count) {
  values.resize(count);
  source(std::as_writable_bytes(std::span(values)));
}

std::string header(const CsvColumns& columns) {
  std::string line = columns.log_weight ? "chain,log_mass,log_weight" : "chain,log_mass";
  for (std::uint32_t h = 0; h < columns.horizon; ++h) {
    fmt::format_to(std::back_inserter(line), ",s{}", h);
  }
  return line + "\n";
}

template <class Symbol>
void write_rows(OutputFile& file, const CsvColumns& columns) {
  const std::vector<SymbolText> texts = symbol_texts(columns.alphabet);
  const std::uint64_t horizon = columns.horizon;
  const std::uint64_t block =
      std::clamp<std::uint64_t>(kBlockSymbols / std::max<std::uint64_t>(horizon, 1), 1, kBlockRows);
  std::vector<std::uint64_t> chain;
  std::vector<double> log_mass;
  std::vector<double> log_weight;
  std::vector<Symbol> symbols;
  std::vector<char> text(block * (3 * kNumberChars + horizon * sizeof(SymbolText) + 1) +
                         sizeof(SymbolText));
  for (std::uint64_t begin = 0; begin < columns.rows; begin += block) {
    const std::uint64_t rows = std::min(block, columns.rows - begin);
    fill(columns.chain, chain, rows);
    fill(columns.log_mass, log_mass, rows);
    if (columns.log_weight) fill(columns.log_weight, log_weight, rows);
    fill(columns.symbols, symbols, rows * horizon);
    char* end = text.data();
    for (std::uint64_t row = 0; row < rows; ++row) {
      end = fmt::format_to(end, FMT_COMPILE("{},{}"), chain[row], log_mass[row]);
      if (columns.log_weight) end = fmt::format_to(end, FMT_COMPILE(",{}"), log_weight[row]);
      for (std::uint64_t h = 0; h < horizon; ++h) {
        const SymbolText& symbol = texts[symbols[row * horizon + h]];
        std::memcpy(end, &symbol, sizeof symbol);
        end += symbol.size;
      }
      *end++ = '\n';
    }
    file.write(std::string_view(text.data(), static_cast<std::size_t>(end - text.data())));
  }
}

}  // namespace

void write_csv(OutputFile& file, const CsvColumns& columns) {
  file.write(header(columns));
  if (columns.alphabet <= 256) {
    write_rows<std::uint8_t>(file, columns);
  } else if (columns.alphabet <= 65536) {
    write_rows<std::uint16_t>(file, columns);
  } else {
    write_rows<std::uint32_t>(file, columns);
  }
}

}  // namespace wend
