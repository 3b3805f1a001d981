// The extension module wend._wend: what the package's Python files are written on.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include <exception>
#include <new>
#include <string>

#include "host/report/version.hpp"
#include "python/src/batch.hpp"
#include "python/src/cuda_oracle.hpp"
#include "python/src/instance.hpp"
#include "python/src/oracle.hpp"
#include "python/src/potential.hpp"
#include "python/src/runs.hpp"
#include "python/src/watched_run.hpp"
#include "wend/error.hpp"

namespace nb = nanobind;

namespace wend::python {
namespace {

const char* class_of(ErrorKind kind) {
  if (kind == ErrorKind::kUsage) return "UsageError";
  if (kind == ErrorKind::kInput) return "InputError";
  return "RunError";
}

/// wend::Error as one of the classes of wend.errors; a message that is not UTF-8 with replacements.
void translate(const std::exception_ptr& thrown, void* /*payload*/) {
  try {
    std::rethrow_exception(thrown);
  } catch (const Error& error) {
    // The option of that name is `correct`.
    std::string text = error.what();
    if (error.field().starts_with("correction")) text.replace(0, 10, "correct");
    const nb::object type = nb::module_::import_("wend.errors").attr(class_of(error.kind()));
    const nb::object message = nb::steal(
        PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "replace"));
    PyErr_SetObject(type.ptr(), message.ptr());
  }
}

}  // namespace
}  // namespace wend::python

NB_MODULE(_wend, module) {
  using namespace wend::python;
  // At exit modules may go before what they refer to: a traceback that a session keeps is no leak.
  nb::set_leak_warnings(false);
  nb::register_exception_translator(&translate, nullptr);
  module.attr("__version__") = wend::version();
  nb::module_::import_("atexit").attr("register")(nb::cpp_function(&end_runs));
  bind_batch(module);
  bind_device_batch(module);
  bind_instance(module);
  bind_potential(module);
  bind_oracle(module);
  bind_sample(module);
  bind_baseline(module);
  bind_estimate(module);
  bind_plan(module);
  bind_throughput(module);
}
