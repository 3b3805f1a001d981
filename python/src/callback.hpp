#pragma once

#include <nanobind/nanobind.h>

#include <memory>
#include <utility>

#include "python/src/batch.hpp"
#include "python/src/instance.hpp"
#include "python/src/watched_run.hpp"

namespace wend::python {

/// A function of a batch that the user has written. It is called, and let go, with the GIL.
class Callback {
 public:
  Callback(nb::object function, std::shared_ptr<CallbackFailure> failure)
      : function_(std::move(function)), failure_(std::move(failure)) {}
  Callback(Callback&&) noexcept = default;
  Callback& operator=(Callback&&) noexcept = default;
  Callback(const Callback&) = delete;
  Callback& operator=(const Callback&) = delete;
  ~Callback();

  /// Calls it and reads its answer by `read`. What it raises, or `read` throws, is kept and becomes
  /// an Error(kRuntime) that names the exception.
  template <class Read>
  void operator()(const OracleBatch& nodes, const Read& read) const {
    const nb::gil_scoped_acquire acquired;
    const CallbackThread thread;
    try {
      const nb::object batch = nb::cast(Batch(nodes));
      const Closing closing(nb::cast<Batch&>(batch));
      read(function_(batch));
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

  nb::object function_;
  std::shared_ptr<CallbackFailure> failure_;
};

}  // namespace wend::python
