#include "python/src/callback.hpp"

#include <nanobind/stl/string.h>

#include <algorithm>
#include <string>

#include "wend/error.hpp"

namespace wend::python {

Callback::~Callback() {
  if (!function_.is_valid()) return;
  const nb::gil_scoped_acquire acquired;
  function_.reset();
}

void Callback::fail(nb::python_error& error) const {
  failure_->exception = nb::borrow(error.value());
  std::string text = nb::cast<std::string>(nb::str(error.type().attr("__name__")));
  const std::string reason = nb::cast<std::string>(nb::str(error.value()));
  if (!reason.empty()) text += ": " + reason;
  std::ranges::replace(text, '\n', ' ');
  throw Error(ErrorKind::kRuntime, text);
}

}  // namespace wend::python
