#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>
#include <utility>
#include <variant>

#include "host/oracles/oracle.hpp"
#include "kernels/cuda/device_memory.hpp"
#include "kernels/views/list.hpp"

namespace wend {

/// An oracle's tables in device memory, and the kernels' view of them. Does not refer to the host's
/// oracle once it is made.
class CudaOracle {
 public:
  /// Copies the tables on `stream`; they are there when `stream` comes to what is issued next.
  /// `oracle` must live until then. Throws Error(kRuntime) if the GPU has no room for them,
  /// Error(kUsage) for a PrefixOracle, which has none.
  CudaOracle(const Oracle& oracle, cudaStream_t stream);

  [[nodiscard]] std::uint32_t alphabet() const { return alphabet_; }
  [[nodiscard]] std::uint32_t horizon() const { return horizon_; }
  [[nodiscard]] std::uint32_t path_words() const { return path_words_; }
  [[nodiscard]] std::uint32_t record_words() const { return record_words_; }

  /// Calls visitor(view) with one of the views of kernels/views/list.hpp.
  template <class Visitor>
  void visit(Visitor&& visitor) const {
    std::visit(std::forward<Visitor>(visitor), view_);
  }

 private:
  using View = kernels::Views::In<std::variant>;

  View place(const TreeOracle& tree, cudaStream_t stream);
  View place(const StateOracle& states, cudaStream_t stream);
  View place(const KnapsackOracle& knapsack, cudaStream_t stream);
  [[noreturn]] View place(const PrefixOracle& prefixes, cudaStream_t stream);
  [[noreturn]] View place(const ModelOracle& model, cudaStream_t stream);

  std::uint32_t alphabet_;
  std::uint32_t horizon_;
  std::uint32_t path_words_;
  std::uint32_t record_words_;
  kernels::DeviceArray<std::uint32_t> rows_;
  kernels::DeviceArray<std::uint32_t> next_;
  kernels::DeviceArray<std::uint32_t> breakpoints_;
  kernels::DeviceArray<std::uint32_t> guide_;
  kernels::DeviceArray<kernels::KnapsackItem> items_;
  View view_;
};

}  // namespace wend
