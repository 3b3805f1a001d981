#include "host/command/option_values.hpp"

#include <charconv>
#include <csignal>

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

void add_stop_signal(CLI::App& app, std::optional<int>& signal) {
  app.add_option_function<std::string>(
         "--stop-signal",
         [&signal](const std::string& text) {
           if (text != "USR1" && text != "USR2")
             refuse("--stop-signal", "'" + text + "' is not USR1 or USR2");
           signal = text == "USR1" ? SIGUSR1 : SIGUSR2;
         },
         "one more signal, USR1 or USR2, that asks for an early end, as INT, TERM, HUP and XCPU do")
      ->type_name("NAME");
}

}  // namespace wend
