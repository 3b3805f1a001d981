#pragma once

#include <nanobind/nanobind.h>

#include <memory>
#include <vector>

#include "host/instances/instance.hpp"

namespace wend::python {

namespace nb = nanobind;

/// The functions of the user's own that an instance calls, and the exception of the one that ended
/// a run, kept for whoever reports it. Read and written with the GIL alone.
struct Callbacks {
  Callbacks() = default;
  Callbacks(const Callbacks&) = delete;
  Callbacks& operator=(const Callbacks&) = delete;
  ~Callbacks() {
    const nb::gil_scoped_acquire acquired;
    functions.clear();
    exception.reset();
  }

  std::vector<nb::object> functions;  // none any more where the garbage collector has taken them
  nb::object exception;
};

/// An instance, and what Python knows of it.
struct PyInstance {
  std::shared_ptr<const Instance> instance;
  double load_seconds = 0;
  std::shared_ptr<Callbacks> callbacks = std::make_shared<Callbacks>();
};

void bind_instance(nb::module_& module);

}  // namespace wend::python
