#pragma once

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "wend/error.hpp"

// Fields of the option structs, as the library's options have them.
namespace wend::c {

/// The one of `all` that is spelled so. Throws Error(kUsage) if there is none.
template <class Choice, std::size_t kSize>
Choice choice(const char* field, std::string_view word, const std::array<Choice, kSize>& all) {
  for (const Choice choice : all)
    if (to_string(choice) == word) return choice;
  throw Error(ErrorKind::kUsage, field, fmt::format("there is none called \"{}\"", word));
}

/// The same; `to` is left alone where no word is given.
template <class Choice, std::size_t kSize>
void choose(const char* field, const char* word, const std::array<Choice, kSize>& all, Choice& to) {
  if (word != nullptr) to = choice(field, word, all);
}

}  // namespace wend::c
