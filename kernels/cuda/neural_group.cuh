#pragma once

#include <cstdint>

#include "kernels/cuda/row_group.cuh"
#include "kernels/neural/functions.hpp"

namespace wend::kernels {

/// A warp, which has a row of a network to itself (kernels/neural/): lane i has what is at i, i +
/// 32, .. All lanes must call sync and the reductions, and all get the result.
class WarpNeuralGroup {
 public:
  static constexpr std::uint32_t kSize = 32;

  [[nodiscard]] static __device__ std::uint32_t rank() { return threadIdx.x % kSize; }
  static __device__ void sync() { __syncwarp(); }

  /// A lane's part each, folded in halves: as SoloNeuralGroup sums. Every lane folds, its own part
  /// first, which commutes to the bit.
  template <class Value>
  [[nodiscard]] __device__ float sum_floats(std::uint32_t count, const Value& value) const {
    float part = 0;
    for (std::uint32_t i = rank(); i < count; i += kSize) part = Float::add(part, value(i));
#pragma unroll
    for (unsigned half = kSize / 2; half != 0; half /= 2)
      part = Float::add(part, __shfl_xor_sync(kAll, part, half));
    return part;
  }
  /// count >= 1.
  template <class Value>
  [[nodiscard]] __device__ float maximum(std::uint32_t count, const Value& value) const {
    float largest = value(0U);
    for (std::uint32_t i = rank(); i < count; i += kSize) {
      const float other = value(i);
      largest = other > largest ? other : largest;
    }
#pragma unroll
    for (unsigned half = kSize / 2; half != 0; half /= 2) {
      const float other = __shfl_xor_sync(kAll, largest, half);
      largest = other > largest ? other : largest;
    }
    return largest;
  }

 private:
  static constexpr unsigned kAll = ~0U;
};

/// A block, which has a row of logits to itself.
template <std::uint32_t kThreads>
class BlockLawGroup : public BlockRowGroup<kThreads> {
 public:
  using Base = BlockRowGroup<kThreads>;
  using Base::Base;
  using Base::sum;

  template <class Holds>
  [[nodiscard]] __device__ std::uint32_t count_where(std::uint32_t count,
                                                     const Holds& holds) const {
    std::uint64_t found = 0;
    for (std::uint32_t i = Base::rank(); i < count; i += Base::kSize) found += holds(i) ? 1U : 0U;
    return static_cast<std::uint32_t>(sum(found));
  }
};

}  // namespace wend::kernels
