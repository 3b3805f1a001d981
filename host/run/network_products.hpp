#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "host/oracles/neural/network.hpp"

namespace wend {

/// The products of a network's evaluations by themselves: the most that an evaluation could do if
/// nothing else took time.
class NetworkProducts {
 public:
  /// `network` must outlive it. Rows come in blocks of at most `block`, as evaluations do.
  NetworkProducts(const Network& network, std::unique_ptr<NetworkOperations> operations,
                  std::uint32_t block);

  /// Floating-point operations, two for each weight, of reading a symbol and of a row of logits.
  /// What attention multiplies beside the weights is not counted.
  [[nodiscard]] std::uint64_t read_flops() const { return read_flops_; }
  [[nodiscard]] std::uint64_t answer_flops() const { return answer_flops_; }

  /// Operations a second, one block after the other, of both for `rows` rows again and again, until
  /// `seconds` have passed, or `stop`, but once at least.
  [[nodiscard]] double measure(std::uint32_t rows, double seconds, const std::atomic<bool>& stop);

 private:
  std::vector<const PackedMatrix*> matrices_;  // the head last
  std::uint64_t read_flops_ = 0;
  std::uint64_t answer_flops_ = 0;
  std::uint64_t x_stride_ = 0;
  std::uint64_t y_stride_ = 0;
  std::unique_ptr<NetworkOperations> operations_;
  std::uint32_t block_;
  float* x_;
  float* y_;
};

}  // namespace wend
