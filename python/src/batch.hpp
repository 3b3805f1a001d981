#pragma once

#include <nanobind/nanobind.h>

#include <cstdint>

#include "wend/oracle.hpp"

namespace wend::python {

namespace nb = nanobind;

/// The nodes of a call, as Python sees them: every array is a copy that is made when it is asked
/// for, during the call alone.
class Batch {
 public:
  explicit Batch(const OracleBatch& batch) : batch_(&batch), size_(batch.size) {}

  [[nodiscard]] std::uint32_t size() const { return size_; }
  [[nodiscard]] nb::object slot() const { return column(open().slot); }
  [[nodiscard]] nb::object depth() const { return column(open().depth); }
  [[nodiscard]] nb::object symbol() const { return column(open().symbol); }
  [[nodiscard]] nb::object known() const { return column(open().known); }
  /// (size, most depth), with zeros behind a prefix's end.
  [[nodiscard]] nb::object prefix() const;

  void close() { batch_ = nullptr; }

 private:
  [[nodiscard]] const OracleBatch& open() const;
  [[nodiscard]] nb::object column(const std::uint32_t* values) const;

  const OracleBatch* batch_;  // null after the call
  std::uint32_t size_;
};

void bind_batch(nb::module_& module);

}  // namespace wend::python
