#pragma once

#include <nanobind/nanobind.h>

#include <cstdint>

namespace wend::python {

namespace nb = nanobind;

// What a callback answers: arrays of any library with DLPack or the buffer protocol, in the CPU's
// memory, of float16, bfloat16, float32 or float64, with any strides. What is none, or of another
// shape, is an Error(kRuntime) that begins with `what`.

/// An array of (rows, columns) to `out`, in C order.
void read_matrix(const char* what, nb::handle value, std::uint32_t rows, std::uint32_t columns,
                 float* out);
void read_matrix(const char* what, nb::handle value, std::uint32_t rows, std::uint32_t columns,
                 double* out);
/// An array of (rows).
void read_vector(const char* what, nb::handle value, std::uint32_t rows, float* out);
void read_vector(const char* what, nb::handle value, std::uint32_t rows, double* out);

/// Integers from 0 to 2^32 - 1 of any integer type, (rows, columns) or, of one column, (rows).
void read_numbers(const char* what, nb::handle value, std::uint32_t rows, std::uint32_t columns,
                  std::uint32_t* out);

}  // namespace wend::python
