#pragma once

#include <nanobind/nanobind.h>

namespace wend::python {

namespace nb = nanobind;

/// Oracles and potentials that are Python functions.
void bind_oracle(nb::module_& module);

}  // namespace wend::python
