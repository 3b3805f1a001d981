#pragma once

#include <nanobind/nanobind.h>

#include <memory>

#include "host/instances/instance.hpp"

namespace wend::python {

namespace nb = nanobind;

/// The exception of a callback that ended a run, kept for whoever reports it. With the GIL alone.
struct CallbackFailure {
  nb::object exception;
};

/// An instance, and what Python knows of it.
struct PyInstance {
  std::shared_ptr<const Instance> instance;
  double load_seconds = 0;
  std::shared_ptr<CallbackFailure> failure = std::make_shared<CallbackFailure>();
};

void bind_instance(nb::module_& module);

}  // namespace wend::python
