#include "host/files/json_parser.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "host/base/printable.hpp"
#include "host/files/whole_number.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxNesting = 64;

// "[json.exception.parse_error.101] parse error at line 3, column 5: syntax error while parsing
// value - invalid literal; last read: 'nan'; expected ..." is too long by its ends and the middle,
// which may be as long as the file.
std::string syntax_error(std::string message) {
  for (const std::string_view prefix : {"] ", "parse error at "}) {
    const std::size_t begin = message.find(prefix);
    if (begin != std::string::npos) message.erase(0, begin + prefix.size());
  }
  const std::size_t quote = message.find("; last read: '");
  if (quote != std::string::npos) {
    message.erase(quote, message.rfind('\'') + 1 - quote);
  }
  return printable(message, 200);
}

// whole_number() of a literal that rounds to `value`, in no time where that settles it.
std::optional<WholeNumber> exact_value(double value, const std::string& literal) {
  constexpr double kAbove = 0x1p64;
  constexpr double kExact = 1e15;
  constexpr std::size_t kShort = std::numeric_limits<double>::digits10 + 1;  // with point or "e"
  if (std::abs(value) < kExact) {
    const auto whole = static_cast<std::int64_t>(value);
    if (static_cast<double>(whole) != value) return std::nullopt;
    // No two numbers of so few digits round to the same double.
    if (literal.size() <= kShort)
      return WholeNumber{std::signbit(value), static_cast<std::uint64_t>(std::abs(whole))};
  }
  if (std::abs(value) > kAbove) return std::nullopt;
  return whole_number(literal);
}

// Takes the parser's events, and refuses what the parser itself lets through.
class Builder final : public nlohmann::json_sax<Json> {
 public:
  explicit Builder(const std::filesystem::path& file) : file_(file) {}

  [[nodiscard]] Json take() { return std::move(root_); }

  bool null() override { return add(nullptr) != nullptr; }
  bool boolean(bool value) override { return add(value) != nullptr; }
  bool number_unsigned(std::uint64_t value) override { return add(value) != nullptr; }
  bool number_integer(std::int64_t value) override {
    // -0 is as good as 0 where a number must not be negative.
    return value == 0 ? number_unsigned(0) : add(value) != nullptr;
  }
  bool number_float(double value, const std::string& literal) override {
    if (value == 0 && !is_zero(literal)) refuse_number(literal, "small");
    const std::optional<WholeNumber> whole = exact_value(value, literal);
    if (whole && !whole->negative) return number_unsigned(whole->magnitude);
    if (whole && whole->magnitude > 0)
      return number_integer(static_cast<std::int64_t>(-whole->magnitude));
    return add(value) != nullptr;
  }
  bool string(std::string& value) override { return add(std::as_const(value)) != nullptr; }
  bool binary(Json::binary_t& /*value*/) override { return false; }  // no JSON text has any

  bool start_object(std::size_t /*elements*/) override { return open(Json::object()); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t /*elements*/) override { return open(Json::array()); }
  bool end_array() override { return close(); }
  bool key(std::string& key) override {
    Level& level = open_.back();
    const auto place =
        level.container->get_ref<Json::object_t&>().try_emplace(std::move(key), nullptr);
    level.key = &place.first->first;
    level.value = &place.first->second;
    if (!place.second) refuse(path() + ": appears twice");
    return true;
  }

  bool parse_error(std::size_t /*position*/, const std::string& token,
                   const Json::exception& error) override {
    constexpr int kOverflow = 406;
    if (error.id == kOverflow) refuse_number(token, "large");
    refuse(syntax_error(error.what()));
  }

 private:
  // An array or object that is not closed yet. Pointers into an object stay; an array's elements
  // move only where one is added, when none of them is open.
  struct Level {
    Json* container;
    const std::string* key = nullptr;  // of an object: the last one
    Json* value = nullptr;             // and its value
  };

  template <class Value>
  Json* add(Value&& value) {
    if (open_.empty()) {
      root_ = std::forward<Value>(value);
      return &root_;
    }
    const Level& level = open_.back();
    if (level.container->is_array())
      return &level.container->get_ref<Json::array_t&>().emplace_back(std::forward<Value>(value));
    *level.value = std::forward<Value>(value);
    return level.value;
  }
  bool open(Json container) {
    if (open_.size() == kMaxNesting)
      refuse(fmt::format("nested deeper than {} levels", kMaxNesting));
    open_.push_back({add(std::move(container))});
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  // That of the value that comes next, or whose key did.
  [[nodiscard]] std::string path() const {
    std::string path;
    for (std::size_t i = 0; i < open_.size(); ++i) {
      const Level& level = open_[i];
      if (level.container->is_array()) {
        const bool innermost = i + 1 == open_.size();
        path += fmt::format("[{}]", level.container->size() - (innermost ? 0U : 1U));
      } else {
        if (!path.empty()) path += '.';
        path += printable(*level.key);
      }
    }
    return path;
  }
  [[noreturn]] void refuse_number(const std::string& literal, const char* what) const {
    const std::string place = path();
    refuse(fmt::format("{}{}{} is too {} for a double", place, place.empty() ? "" : ": ",
                       printable(literal), what));
  }
  [[noreturn]] void refuse(const std::string& reason) const {
    throw Error(ErrorKind::kInput, printable(file_.string(), 4096) + ": " + reason);
  }

  const std::filesystem::path& file_;
  Json root_;
  std::vector<Level> open_;
};

// The parser would take it for the end of the text.
void refuse_nul(std::string_view text, const std::filesystem::path& file) {
  const std::size_t nul = text.find('\0');
  if (nul == std::string_view::npos) return;
  const std::string_view before = text.substr(0, nul);
  const std::size_t line_begin = before.rfind('\n') + 1;  // npos + 1 is 0
  throw Error(
      ErrorKind::kInput,
      fmt::format("{}: line {}, column {}: a NUL byte; JSON is text in UTF-8",
                  printable(file.string(), 4096),
                  std::count(before.begin(), before.end(), '\n') + 1, nul - line_begin + 1));
}

}  // namespace

Json parse_json(std::string_view text, const std::filesystem::path& file) {
  refuse_nul(text, file);
  Builder builder(file);
  Json::sax_parse(text.begin(), text.end(), &builder);
  return builder.take();
}

std::uint64_t parsed_bytes(std::string_view text) {
  const auto number_of = [&](char c) {
    return static_cast<std::uint64_t>(std::count(text.begin(), text.end(), c));
  };
  // Heap blocks as the common C libraries round them up.
  constexpr std::uint64_t kContainer = 64;
  constexpr std::uint64_t kMember = 96;  // a node of an object's tree, with a short key
  constexpr std::uint64_t kString = 80;
  const std::uint64_t containers = number_of('[') + number_of('{');
  const std::uint64_t strings = number_of('"') / 2;
  const std::uint64_t values = containers + number_of(',') + 1;
  // A growing array has its values three times over: where they were and in twice the space.
  return values * 3 * sizeof(Json) + containers * kContainer + number_of(':') * kMember +
         strings * kString + text.size();
}

}  // namespace wend
