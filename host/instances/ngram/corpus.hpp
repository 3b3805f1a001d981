#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace wend {

/// Words as symbols, from 1 on: symbol i + 1 is the character i.
struct Corpus {
  std::u32string characters;        ///< sorted, each once
  std::u16string symbols;           ///< of all words, one after another, without ends
  std::vector<std::size_t> begins;  ///< where each word begins, and the end of the last
};

/// Reads a text file in UTF-8, one word a line. Lines end with LF or CRLF, the last one with either
/// or neither, or with a CR at the very end of the file, as a CRLF that was cut short. A byte order
/// mark at the start and empty lines are skipped. All other code points are characters of a word:
/// blanks, control characters and Unicode's other line separators, too.
/// `characters`, ascending, are the symbols where they are given; they must hold all that occur.
/// `where` starts every message ("FILE: corpus"). Throws Error(kInput): unreadable, not UTF-8 or a
/// CR elsewhere (naming file and line), no word, more than 65,534 different code points.
Corpus read_corpus(const std::filesystem::path& file, const std::string& where,
                   std::u32string_view characters);

}  // namespace wend
