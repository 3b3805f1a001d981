#include "python/src/callback.hpp"

#include <algorithm>
#include <string>

#include "python/src/keywords.hpp"

namespace wend::python {
namespace {

/// Its type and what it says, on one line.
std::string text_of_error(nb::python_error& error) {
  const std::string type = text_of(error.type().attr("__name__"));
  const nb::object text = nb::steal(PyObject_Str(error.value().ptr()));
  if (!text.is_valid()) {  // its own __str__ raises
    PyErr_Clear();
    return type;
  }
  std::string reason = text_of(text);
  std::ranges::replace(reason, '\n', ' ');
  return reason.empty() ? type : type + ": " + reason;
}

}  // namespace

Callback::Callback(nb::handle function, const char* name, std::shared_ptr<Callbacks> callbacks)
    : callbacks_(std::move(callbacks)), place_(callbacks_->functions.size()) {
  if (PyCallable_Check(function.ptr()) == 0)
    throw Error(ErrorKind::kUsage, name, "must be a function");
  callbacks_->functions.push_back(nb::borrow(function));
}

void Callback::fail(nb::python_error& error) const {
  callbacks_->exception = nb::borrow(error.value());
  throw Error(ErrorKind::kRuntime, text_of_error(error));
}

}  // namespace wend::python
