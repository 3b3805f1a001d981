#pragma once

#include <nanobind/nanobind.h>

#include <cstddef>
#include <memory>
#include <utility>

#include "python/src/batch.hpp"
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
  /// Error(kRuntime) that names the exception.
  template <class Read>
  void operator()(const OracleBatch& nodes, const Read& read) const {
    const nb::gil_scoped_acquire acquired;
    const CallbackThread thread(callbacks_.get());
    if (place_ >= callbacks_->functions.size())
      throw Error(ErrorKind::kRuntime, "the instance is gone");
    try {
      const nb::object batch = nb::cast(Batch(nodes));
      const Closing closing(nb::cast<Batch&>(batch));
      read(callbacks_->functions[place_](batch));
    } catch (nb::python_error& error) {
      fail(error);
    }
  }

 private:
  /// However a call ends, its batch is gone.
  class Closing {
   public:
    explicit Closing(Batch& batch) : batch_(batch) {}
    Closing(const Closing&) = delete;
    Closing& operator=(const Closing&) = delete;
    ~Closing() { batch_.close(); }

   private:
    Batch& batch_;
  };

  [[noreturn]] void fail(nb::python_error& error) const;

  std::shared_ptr<Callbacks> callbacks_;
  std::size_t place_;
};

}  // namespace wend::python
