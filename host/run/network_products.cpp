#include "host/run/network_products.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "host/base/stopwatch.hpp"

namespace wend {
namespace {

std::uint64_t flops_of(const PackedMatrix& matrix) {
  return 2 * std::uint64_t{matrix.outputs()} * matrix.inputs();
}

}  // namespace

NetworkProducts::NetworkProducts(const Network& network,
                                 std::unique_ptr<NetworkOperations> operations, std::uint32_t block)
    : matrices_(network.matrices()),
      answer_flops_(flops_of(network.head())),
      operations_(std::move(operations)),
      block_(block) {
  for (const PackedMatrix* matrix : matrices_) read_flops_ += flops_of(*matrix);
  matrices_.push_back(&network.head());
  for (const PackedMatrix* matrix : matrices_) {
    x_stride_ = std::max<std::uint64_t>(x_stride_, kernels::padded(matrix->inputs()));
    y_stride_ = std::max<std::uint64_t>(y_stride_, kernels::padded(matrix->outputs()));
  }
  // No number so small that the processor takes longer for it.
  std::vector<float> values(block_ * x_stride_);
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<float>(static_cast<double>(i % 17) / 16 - 0.5);
  x_ = operations_->allocate(values.size());
  y_ = operations_->allocate(block_ * y_stride_);
  operations_->write(x_, values);
}

double NetworkProducts::measure(std::uint32_t rows, double seconds, const std::atomic<bool>& stop) {
  const Stopwatch watch;
  std::uint64_t times = 0;
  do {
    for (std::uint32_t first = 0; first < rows; first += block_)
      for (const PackedMatrix* matrix : matrices_)
        operations_->multiply(*matrix, std::min(block_, rows - first),
                              {x_, x_stride_, matrix->inputs()},
                              {y_, y_stride_, matrix->outputs()});
    operations_->wait();
    ++times;
  } while (watch.seconds() < seconds && !stop);
  const double each = static_cast<double>(read_flops_ + answer_flops_) * rows;
  return each * static_cast<double>(times) / watch.seconds();
}

}  // namespace wend
