#include "host/run/network_products.hpp"

#include <algorithm>

#include "host/base/stopwatch.hpp"
#include "host/oracles/neural/neural_oracle.hpp"

namespace wend {
namespace {

std::uint64_t flops_of(const PackedMatrix& matrix) {
  return 2 * std::uint64_t{matrix.outputs()} * matrix.inputs();
}

}  // namespace

NetworkProducts::NetworkProducts(const Network& network)
    : matrices_(network.matrices()), answer_flops_(flops_of(network.head())) {
  for (const PackedMatrix* matrix : matrices_) read_flops_ += flops_of(*matrix);
  matrices_.push_back(&network.head());
  for (const PackedMatrix* matrix : matrices_) {
    x_stride_ = std::max<std::uint64_t>(x_stride_, kernels::padded(matrix->inputs()));
    y_stride_ = std::max<std::uint64_t>(y_stride_, kernels::padded(matrix->outputs()));
  }
  x_.resize(kNeuralBlock * x_stride_);
  y_.resize(kNeuralBlock * y_stride_);
  // No number so small that the processor takes longer for it.
  for (std::size_t i = 0; i < x_.size(); ++i)
    x_[i] = static_cast<float>(static_cast<double>(i % 17) / 16 - 0.5);
}

double NetworkProducts::measure(std::uint32_t rows, double seconds, const std::atomic<bool>& stop) {
  const Stopwatch watch;
  std::uint64_t times = 0;
  do {
    for (std::uint32_t first = 0; first < rows; first += kNeuralBlock)
      for (const PackedMatrix* matrix : matrices_)
        matrix->multiply(std::min(kNeuralBlock, rows - first), x_.data(), x_stride_, y_.data(),
                         y_stride_);
    ++times;
  } while (watch.seconds() < seconds && !stop);
  const double each = static_cast<double>(read_flops_ + answer_flops_) * rows;
  return each * static_cast<double>(times) / watch.seconds();
}

}  // namespace wend
