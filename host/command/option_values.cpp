#include "host/command/option_values.hpp"

#include <charconv>
#include <string_view>

namespace wend {

/// CLI11 puts the option's name before the reason.
void refuse(const std::string& option, const std::string& reason) {
  throw CLI::ValidationError(option, reason);
}

std::optional<std::uint64_t> to_integer(const std::string& text) {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || rest != end) return std::nullopt;
  return value;
}

std::uint64_t integer(const std::string& option, const std::string& text, std::uint64_t low,
                      std::uint64_t high) {
  const std::optional<std::uint64_t> value = to_integer(text);
  if (!value || *value < low || *value > high) {
    refuse(option, "'" + text + "' is not an integer from " + std::to_string(low) + " to " +
                       std::to_string(high));
  }
  return *value;
}

std::uint64_t byte_count(const std::string& option, const std::string& text) {
  constexpr std::string_view kUnits = "KMGT";
  const std::size_t unit = text.empty() ? std::string_view::npos : kUnits.find(text.back());
  const bool has_unit = unit != std::string_view::npos;
  const std::uint64_t shift = has_unit ? 10 * (unit + 1) : 0;
  const std::optional<std::uint64_t> value =
      to_integer(has_unit ? text.substr(0, text.size() - 1) : text);
  if (!value || *value > ((kMost64 >> 1U) >> shift))
    refuse(option,
           "'" + text + "' is not a number of bytes below 2^63, such as 1000000, 64K or 2G");
  return *value << shift;
}

double number(const std::string& option, const std::string& text, const std::string& range,
              bool (*fits)(double)) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || rest != end || !fits(value)) {
    refuse(option, "'" + text + "' is not a number " + range);
  }
  return value;
}

void add_option(CLI::App& app, const std::string& name, const std::string& value,
                const std::function<void(const std::string&)>& set, const std::string& help) {
  app.add_option_function<std::string>(name, set, help)->type_name(value);
}

}  // namespace wend
