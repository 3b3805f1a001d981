#pragma once

#include <nanobind/nanobind.h>

#include <functional>
#include <memory>

#include "python/src/instance.hpp"
#include "wend/automaton.hpp"
#include "wend/potential.hpp"

namespace wend::python {

namespace nb = nanobind;

/// A factor that is made when it is known what sequences are.
struct PyPotential {
  std::function<std::shared_ptr<Potential>(const SequenceShape& shape,
                                           const std::shared_ptr<Callbacks>& callbacks)>
      make;
};

void bind_potential(nb::module_& module);

}  // namespace wend::python
