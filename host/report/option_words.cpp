#include "host/report/option_words.hpp"

#include <algorithm>

#include "host/base/error_reason.hpp"

namespace wend {
namespace {

std::string option(std::string_view field) {
  constexpr std::string_view kEquals = " = ";
  const std::size_t equals = field.find(kEquals);
  std::string name(field.substr(0, equals));
  if (name == "correction") name = "correct";
  std::replace(name.begin(), name.end(), '_', '-');
  if (equals == std::string_view::npos) return "--" + name;
  return "--" + name + " " + std::string(field.substr(equals + kEquals.size()));
}

}  // namespace

std::string option_words(std::string_view text) {
  std::string words;
  for (;;) {
    const std::size_t begin = text.find('`');
    const std::size_t end = begin == std::string_view::npos ? begin : text.find('`', begin + 1);
    if (end == std::string_view::npos) return words += text;
    words += text.substr(0, begin);
    words += option(text.substr(begin + 1, end - begin - 1));
    text.remove_prefix(end + 1);
  }
}

std::string option_words(const Error& error) {
  if (error.field().empty()) return reason_of(error);
  return option(error.field()) + ": " + option_words(reason_of(error));
}

}  // namespace wend
