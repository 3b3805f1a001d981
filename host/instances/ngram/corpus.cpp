#include "host/instances/ngram/corpus.hpp"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <system_error>

#include "host/base/memory_limit.hpp"
#include "host/base/printable.hpp"
#include "host/base/refuse_input.hpp"
#include "host/base/utf8.hpp"

namespace wend {
namespace {

constexpr std::uint32_t kMaxAlphabet = 65535;

std::string shown(const std::filesystem::path& file) { return printable(file.string(), 4096); }

std::string read_text(const std::filesystem::path& file, const std::string& where) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(file, error);
  if (error) refuse_input(where, shown(file) + ": " + error.message());
  // The text, its code points, and for each a symbol, an event and at most a context.
  check_memory(static_cast<std::uint64_t>(size) * 24, where + ": reading " + shown(file));
  std::ifstream stream(file, std::ios::binary);
  std::string text(static_cast<std::size_t>(size), '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!stream) refuse_input(where, shown(file) + ": cannot be read");
  return text;
}

}  // namespace

Corpus read_corpus(const std::filesystem::path& file, const std::string& where,
                   std::u32string_view characters) {
  const std::string text = read_text(file, where);
  std::string_view rest = text;
  if (rest.starts_with("\xEF\xBB\xBF")) rest.remove_prefix(3);
  Corpus corpus;
  corpus.begins.push_back(0);
  std::u32string points;
  for (std::uint64_t line_number = 1; !rest.empty(); ++line_number) {
    const std::size_t length = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, length);
    rest.remove_prefix(std::min(length + 1, rest.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    const auto refuse_line = [&](const std::string& reason) {
      refuse_input(where, shown(file) + ":" + std::to_string(line_number) + ": " + reason);
    };
    // Where lines end with CR alone, all of them would be one word.
    if (line.find('\r') != std::string_view::npos)
      refuse_line("a carriage return within a line; lines end with LF or CRLF");
    if (line.empty()) continue;
    if (!append_utf8(line, points)) refuse_line("not valid UTF-8");
    corpus.begins.push_back(points.size());
  }
  if (points.empty()) refuse_input(where, shown(file) + ": has no word");

  corpus.characters = characters.empty() ? std::u32string_view(points) : characters;
  std::ranges::sort(corpus.characters);
  corpus.characters.erase(std::unique(corpus.characters.begin(), corpus.characters.end()),
                          corpus.characters.end());
  if (corpus.characters.size() + 1 > kMaxAlphabet)
    refuse_input(where, shown(file) + ": has " + std::to_string(corpus.characters.size()) +
                            " different code points; at most 65534 are supported");
  corpus.symbols.reserve(points.size());
  for (const char32_t point : points) {
    const auto at = std::ranges::lower_bound(corpus.characters, point);
    corpus.symbols.push_back(static_cast<char16_t>(at - corpus.characters.begin() + 1));
  }
  return corpus;
}

}  // namespace wend
