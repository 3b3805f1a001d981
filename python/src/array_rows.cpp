#include "python/src/array_rows.hpp"

#include <fmt/format.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <string>
#include <type_traits>

#include "wend/error.hpp"

namespace wend::python {
namespace {

using Array = nb::ndarray<nb::ro>;

/// Bits of IEEE's half precision.
struct Half {
  std::uint16_t bits;
};
/// The upper half of a float's bits.
struct Brain {
  std::uint16_t bits;
};

double value_of(float value) { return value; }
double value_of(double value) { return value; }
double value_of(Brain value) { return std::bit_cast<float>(std::uint32_t{value.bits} << 16U); }
double value_of(Half value) {
  const std::uint32_t exponent = (value.bits >> 10U) & 31U;
  const double fraction = value.bits & 1023U;
  const double sign = (value.bits & 0x8000U) != 0 ? -1.0 : 1.0;
  if (exponent == 31) return fraction != 0 ? std::nan("") : sign * HUGE_VAL;
  if (exponent == 0) return sign * std::ldexp(fraction, -24);
  return sign * std::ldexp(1024 + fraction, static_cast<int>(exponent) - 25);
}

template <class From, class To>
void copy(const Array& array, std::uint32_t rows, std::uint32_t columns, To* out) {
  const auto* from = static_cast<const From*>(array.data());
  const std::int64_t row_stride = array.stride(0);
  const std::int64_t stride = array.ndim() == 2 ? array.stride(1) : 0;
  for (std::uint32_t i = 0; i < rows; ++i, out += columns) {
    const From* row = from + i * row_stride;
    if constexpr (std::is_same_v<From, To>) {
      if (stride == 1) {
        std::memcpy(out, row, columns * sizeof(To));
        continue;
      }
    }
    if constexpr (std::is_same_v<From, double>) {
      if (stride == 1) {  // a loop that the compiler makes vectors of
        for (std::uint32_t c = 0; c < columns; ++c) out[c] = static_cast<To>(row[c]);
        continue;
      }
    }
    for (std::uint32_t c = 0; c < columns; ++c) out[c] = static_cast<To>(value_of(row[c * stride]));
  }
}

[[noreturn]] void refuse(const char* what, const std::string& reason) {
  throw Error(ErrorKind::kRuntime, what + (": " + reason));
}

std::string shape_of(const Array& array) {
  std::string shape;
  for (std::size_t i = 0; i < array.ndim(); ++i)
    shape += (i == 0 ? "" : ", ") + std::to_string(array.shape(i));
  return "(" + shape + ")";
}

/// `columns` 0: of one dimension.
template <class To>
void read(const char* what, nb::handle value, std::uint32_t rows, std::uint32_t columns, To* out) {
  Array array;
  if (!nb::try_cast(value, array))
    refuse(what, fmt::format("must be an array (of NumPy, or with DLPack), not {}",
                             nb::cast<std::string>(nb::str(value.type()))));
  if (array.device_type() != nb::device::cpu::value &&
      array.device_type() != nb::device::cuda_host::value)
    refuse(what, "must be in the CPU's memory");
  const bool fits = columns == 0
                        ? array.ndim() == 1 && array.shape(0) == rows
                        : array.ndim() == 2 && array.shape(0) == rows && array.shape(1) == columns;
  if (!fits)
    refuse(what, fmt::format("must have shape {}, not {}",
                             columns == 0 ? fmt::format("({})", rows)
                                          : fmt::format("({}, {})", rows, columns),
                             shape_of(array)));
  const nb::dlpack::dtype type = array.dtype();
  const auto is = [&type](nb::dlpack::dtype_code code, std::uint8_t bits) {
    return type.code == static_cast<std::uint8_t>(code) && type.bits == bits && type.lanes == 1;
  };
  const std::uint32_t width = columns == 0 ? 1 : columns;
  if (is(nb::dlpack::dtype_code::Float, 32)) return copy<float>(array, rows, width, out);
  if (is(nb::dlpack::dtype_code::Float, 64)) return copy<double>(array, rows, width, out);
  if (is(nb::dlpack::dtype_code::Float, 16)) return copy<Half>(array, rows, width, out);
  if (is(nb::dlpack::dtype_code::Bfloat, 16)) return copy<Brain>(array, rows, width, out);
  refuse(what, "must be of float16, bfloat16, float32 or float64");
}

}  // namespace

void read_matrix(const char* what, nb::handle value, std::uint32_t rows, std::uint32_t columns,
                 float* out) {
  read(what, value, rows, columns, out);
}
void read_matrix(const char* what, nb::handle value, std::uint32_t rows, std::uint32_t columns,
                 double* out) {
  read(what, value, rows, columns, out);
}
void read_vector(const char* what, nb::handle value, std::uint32_t rows, float* out) {
  read(what, value, rows, 0, out);
}
void read_vector(const char* what, nb::handle value, std::uint32_t rows, double* out) {
  read(what, value, rows, 0, out);
}

void read_numbers(const char* what, nb::handle value, std::uint32_t rows, std::uint32_t columns,
                  std::uint32_t* out) {
  // NumPy knows all integer types; few of these arrays are read, by scouts and the rows behind
  // them.
  const nb::object array = nb::module_::import_("numpy").attr("asarray")(value);
  const std::string kind = nb::cast<std::string>(array.attr("dtype").attr("kind"));
  const std::uint64_t size = nb::cast<std::uint64_t>(array.attr("size"));
  if (kind != "i" && kind != "u")
    throw Error(ErrorKind::kRuntime, fmt::format("{}: must be integers", what));
  if (size != std::uint64_t{rows} * columns)
    throw Error(ErrorKind::kRuntime,
                fmt::format("{}: {} numbers where {} x {} are wanted", what, size, rows, columns));
  if (kind == "i" && nb::cast<std::int64_t>(array.attr("min")().attr("item")()) < 0)
    throw Error(ErrorKind::kRuntime, fmt::format("{}: one is negative", what));
  const nb::object flat = array.attr("astype")("uint32").attr("ravel")();
  const auto numbers = nb::cast<nb::ndarray<const std::uint32_t, nb::ndim<1>, nb::c_contig>>(flat);
  std::memcpy(out, numbers.data(), size * sizeof(std::uint32_t));
}

}  // namespace wend::python
