#include "python/src/keywords.hpp"

#include <fmt/format.h>

#include "host/base/printable.hpp"

namespace wend::python {
namespace {

[[noreturn]] void refuse(const std::string& name, const std::string& reason) {
  throw Error(ErrorKind::kUsage, name, reason);
}

std::uint64_t integer_of(const std::string& name, nb::handle value, std::uint64_t low,
                         std::uint64_t high) {
  const auto bad = [&] {
    refuse(name, fmt::format("{} is not an integer from {} to {}", shown(value), low, high));
  };
  const nb::object index = nb::steal(PyNumber_Index(value.ptr()));
  if (!index.is_valid()) {
    PyErr_Clear();
    bad();
  }
  const std::uint64_t number = PyLong_AsUnsignedLongLong(index.ptr());
  if (PyErr_Occurred() != nullptr) {
    PyErr_Clear();
    bad();
  }
  if (number < low || number > high) bad();
  return number;
}

double number_of(const std::string& name, nb::handle value) {
  const double number = PyFloat_AsDouble(value.ptr());
  if (PyErr_Occurred() != nullptr) {
    PyErr_Clear();
    refuse(name, shown(value) + " is not a number");
  }
  return number;
}

/// Visits the elements of a sequence, each with its name.
template <class Visit>
void for_each(const char* name, const nb::object& sequence, Visit visit) {
  if (nb::isinstance<nb::str>(sequence) || !nb::hasattr(sequence, "__iter__"))
    refuse(name, shown(sequence) + " is not a sequence");
  std::size_t i = 0;
  for (const nb::handle value : nb::iter(sequence)) visit(fmt::format("{}[{}]", name, i++), value);
}

}  // namespace

std::string text_of(nb::handle text) {
  const nb::object bytes =
      nb::steal(PyUnicode_AsEncodedString(text.ptr(), "utf-8", "backslashreplace"));
  if (!bytes.is_valid()) nb::raise_python_error();
  const auto encoded = nb::cast<nb::bytes>(bytes);
  return {encoded.c_str(), encoded.size()};
}

std::string one_line(const std::string& text) { return printable(text); }

std::string shown(nb::handle value) {
  const nb::object text = nb::steal(PyObject_Repr(value.ptr()));
  if (text.is_valid()) return one_line(text_of(text));
  PyErr_Clear();
  return "a value of " + text_of(nb::str(value.type()));
}

bool Keywords::has(const char* name) const {
  return values_.contains(name) && !nb::object(values_[name]).is_none();
}

std::uint64_t Keywords::integer(const char* name, std::uint64_t low, std::uint64_t high) const {
  return integer_of(name, at(name), low, high);
}

double Keywords::number(const char* name, const char* range, bool (*fits)(double)) const {
  const double value = number_of(name, at(name));
  if (!fits(value)) refuse(name, shown(at(name)) + " is not a number " + range);
  return value;
}

std::vector<double> Keywords::numbers(const char* name) const {
  std::vector<double> values;
  for_each(name, at(name), [&values](const std::string& element, nb::handle value) {
    values.push_back(number_of(element, value));
  });
  return values;
}

std::vector<std::uint64_t> Keywords::integers(const char* name, std::uint64_t low,
                                              std::uint64_t high) const {
  std::vector<std::uint64_t> values;
  for_each(name, at(name), [&](const std::string& element, nb::handle value) {
    values.push_back(integer_of(element, value, low, high));
  });
  return values;
}

bool Keywords::flag(const char* name) const {
  if (!has(name)) return false;
  const int truth = PyObject_IsTrue(at(name).ptr());
  if (truth < 0) nb::raise_python_error();
  return truth == 1;
}

std::string Keywords::text(const char* name) const {
  const nb::object value = at(name);
  if (!nb::isinstance<nb::str>(value)) refuse(name, shown(value) + " is not a string");
  return text_of(value);
}

}  // namespace wend::python
