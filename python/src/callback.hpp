#pragma once

#include <nanobind/nanobind.h>

#include <cstddef>
#include <memory>
#include <utility>

#include "python/src/instance.hpp"
#include "python/src/watched_run.hpp"
#include "wend/error.hpp"

namespace wend::python {

/// A function of a batch that the user has written, one of an instance's callbacks.
class Callback {
 public:
  /// `function` becomes one of `callbacks`. Throws Error(kUsage) for what cannot be called.
  Callback(nb::handle function, const char* name, std::shared_ptr<Callbacks> callbacks);

  /// Calls it, with the GIL, and reads its answer by `read`. What it raises is kept and becomes an
  /// Error(kRuntime) that names the exception. `Nodes`: a class that Python knows, which is closed
  /// when the call has ended.
  template <class Nodes, class Read>
  void operator()(Nodes nodes, const Read& read) const {
    const nb::gil_scoped_acquire acquired;
    const CallbackThread thread(callbacks_.get());
    if (place_ >= callbacks_->functions.size())
      throw Error(ErrorKind::kRuntime, "the instance is gone");
    try {
      const nb::object batch = nb::cast(std::move(nodes));
      const Closing<Nodes> closing(nb::cast<Nodes&>(batch));
      read(callbacks_->functions[place_](batch));
    } catch (nb::python_error& error) {
      fail(error);
    }
  }

 private:
  /// However a call ends, its batch is gone.
  template <class Nodes>
  class Closing {
   public:
    explicit Closing(Nodes& nodes) : nodes_(nodes) {}
    Closing(const Closing&) = delete;
    Closing& operator=(const Closing&) = delete;
    ~Closing() { nodes_.close(); }

   private:
    Nodes& nodes_;
  };

  [[noreturn]] void fail(nb::python_error& error) const;

  std::shared_ptr<Callbacks> callbacks_;
  std::size_t place_;
};

}  // namespace wend::python
