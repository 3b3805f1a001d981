#pragma once

#include "kernels/lanes/simd.hpp"
#include "kernels/neural/product.hpp"

namespace wend {

/// y = x W + bias, in the lanes of a width that the CPU has: the same bits in all of them.
void multiply(const kernels::ProductJob& job, kernels::Simd simd);

/// Defined where its width is compiled.
template <kernels::Simd kSimd>
void multiply_lanes(const kernels::ProductJob& job);

}  // namespace wend
