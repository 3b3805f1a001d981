#pragma once

#include <CLI/CLI.hpp>
#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>

// Values of options, as texts of the command line. What is refused is a CLI::ValidationError, which
// names the option.
namespace wend {

// What options take at most.
inline constexpr std::uint64_t kMost64 = std::numeric_limits<std::uint64_t>::max();
inline constexpr std::uint64_t kMost32 = std::numeric_limits<std::uint32_t>::max();
inline constexpr std::uint64_t kMostSamples = std::uint64_t{1} << 48U;

[[noreturn]] void refuse(const std::string& option, const std::string& reason);

std::optional<std::uint64_t> to_integer(const std::string& text);

std::uint64_t integer(const std::string& option, const std::string& text, std::uint64_t low,
                      std::uint64_t high);

/// Bytes, below 2^63; K, M, G or T after the number are 2^10, 2^20, 2^30 or 2^40 of them.
std::uint64_t byte_count(const std::string& option, const std::string& text);

/// `range` ends "is not a number ...".
double number(const std::string& option, const std::string& text, const std::string& range,
              bool (*fits)(double));

/// One of the values of an enumeration, by the name that the library gives it.
template <class Enum, std::size_t kCount>
Enum choice(const std::string& option, const std::string& text,
            const std::array<Enum, kCount>& values) {
  std::string names;
  for (std::size_t i = 0; i < kCount; ++i) {
    if (text == to_string(values[i])) return values[i];
    names += (i == 0 ? "" : i + 1 == kCount ? " or " : ", ") + std::string(to_string(values[i]));
  }
  refuse(option, "'" + text + "' is not " + names);
}

/// An option with a value, for which the help has a name, and which `set` reads.
void add_option(CLI::App& app, const std::string& name, const std::string& value,
                const std::function<void(const std::string&)>& set, const std::string& help);

}  // namespace wend
