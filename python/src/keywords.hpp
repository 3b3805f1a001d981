#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "wend/error.hpp"

namespace wend::python {

namespace nb = nanobind;

/// A Python string in UTF-8; what has no UTF-8 by its escape.
std::string text_of(nb::handle text);
/// The same text without line feeds and other characters that do not print, cut where it is long.
std::string one_line(const std::string& text);
/// A value as a message shows it.
std::string shown(nb::handle value);

/// Keyword arguments of a function, read as the library's options have them; None is as if it were
/// not given. Every refusal is an Error(kUsage) "NAME: reason".
class Keywords {
 public:
  explicit Keywords(nb::dict values) : values_(std::move(values)) {}

  [[nodiscard]] bool has(const char* name) const;
  [[nodiscard]] nb::object at(const char* name) const { return values_[name]; }
  /// Anything with __index__: NumPy's integers, too.
  [[nodiscard]] std::uint64_t integer(const char* name, std::uint64_t low,
                                      std::uint64_t high) const;
  /// `range` ends "must be a number ..".
  [[nodiscard]] double number(const char* name, const char* range, bool (*fits)(double)) const;
  [[nodiscard]] std::vector<double> numbers(const char* name) const;
  [[nodiscard]] std::vector<std::uint64_t> integers(const char* name, std::uint64_t low,
                                                    std::uint64_t high) const;
  [[nodiscard]] bool flag(const char* name) const;
  [[nodiscard]] std::string text(const char* name) const;

  /// One of the values of an enumeration, by the name that the library gives it.
  template <class Enum, std::size_t kCount>
  [[nodiscard]] Enum choice(const char* name, const std::array<Enum, kCount>& all) const {
    const std::string word = text(name);
    std::string names;
    for (std::size_t i = 0; i < kCount; ++i) {
      if (word == to_string(all[i])) return all[i];
      names += (i == 0 ? "" : i + 1 == kCount ? " or " : ", ") + std::string(to_string(all[i]));
    }
    throw Error(ErrorKind::kUsage, name, "'" + one_line(word) + "' is not " + names);
  }

  // The same, into `to`, which is left alone where there is no value.
  template <class Integer>
  void read_integer(const char* name, std::uint64_t low, std::uint64_t high, Integer& to) const {
    if (has(name)) to = static_cast<Integer>(integer(name, low, high));
  }
  template <class Number>
  void read_number(const char* name, const char* range, bool (*fits)(double), Number& to) const {
    if (has(name)) to = number(name, range, fits);
  }
  template <class Enum, std::size_t kCount>
  void read_choice(const char* name, const std::array<Enum, kCount>& all, Enum& to) const {
    if (has(name)) to = choice(name, all);
  }

 private:
  nb::dict values_;
};

}  // namespace wend::python
