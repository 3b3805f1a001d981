#include "host/engines/cuda/oracle.hpp"

#include "wend/error.hpp"

namespace wend {
namespace {

template <class T>
kernels::DeviceArray<T> copy_to_device(const T* table, std::uint64_t size, const char* what,
                                       cudaStream_t stream) {
  kernels::DeviceArray<T> copy(size, what, stream);
  copy.upload(table, stream);
  return copy;
}

kernels::DeviceArray<std::uint32_t> copy_rows(const RowTable& rows, cudaStream_t stream) {
  return copy_to_device(rows.words(), rows.bytes() / sizeof(std::uint32_t), "rows", stream);
}

}  // namespace

CudaOracle::CudaOracle(const Oracle& oracle, cudaStream_t stream)
    : alphabet_(wend::alphabet(oracle)),
      horizon_(wend::horizon(oracle)),
      path_words_(wend::path_words(oracle)),
      record_words_(wend::record_words(oracle)),
      view_(std::visit([&](const auto& any) { return place(any, stream); }, oracle)) {}

CudaOracle::View CudaOracle::place(const TreeOracle& tree, cudaStream_t stream) {
  rows_ = copy_rows(tree.rows, stream);
  return visit_view(tree, rows_.data(), [](auto view) -> View { return view; });
}

CudaOracle::View CudaOracle::place(const StateOracle& states, cudaStream_t stream) {
  rows_ = copy_rows(states.rows, stream);
  next_ = copy_to_device(states.next.data(), states.next.size(), "transitions", stream);
  return visit_view(states, rows_.data(), next_.data(), [](auto view) -> View { return view; });
}

CudaOracle::View CudaOracle::place(const KnapsackOracle& knapsack, cudaStream_t stream) {
  const KnapsackCounts& counts = *knapsack.counts;
  rows_ = copy_rows(knapsack.rows, stream);
  items_ = copy_to_device(knapsack.items.data(), knapsack.items.size(), "items", stream);
  breakpoints_ =
      copy_to_device(counts.breakpoints.data(), counts.breakpoints.size(), "counts", stream);
  guide_ = copy_to_device(counts.guide.data(), counts.guide.size(), "counts", stream);
  return make_knapsack_view(knapsack, items_.data(), breakpoints_.data(), guide_.data(),
                            rows_.data());
}

CudaOracle::View CudaOracle::place(const PrefixOracle& /*prefixes*/, cudaStream_t /*stream*/) {
  throw Error(ErrorKind::kUsage, "backend = cuda",
              "a walk on the members of a class computes its rows on the way, and "
              "so runs on the CPU");
}

CudaOracle::View CudaOracle::place(const ModelOracle& /*model*/, cudaStream_t /*stream*/) {
  throw Error(ErrorKind::kUsage, "backend = cuda",
              "an oracle that is asked while chains walk is asked on the CPU");
}

}  // namespace wend
