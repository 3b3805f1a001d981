#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

#include "kernels/neural/product.hpp"

namespace wend::kernels {

/// What a block of a product makes: as many rows and outputs. Which one is chosen decides how fast
/// it is, never what comes out.
enum class ProductTile : std::uint8_t { kRows8, kRows32, kRows64, kRows128 };

/// The tile for a product of so many rows and panels of outputs.
ProductTile product_tile(std::uint32_t rows, std::uint32_t panels);

/// y = W x + bias on `stream`, all pointers being device memory: the bits of kernels::Product. x
/// and y begin at multiples of 16 bytes, strides are multiples of 4 floats. Allocates nothing,
/// waits for nothing. Throws Error(kRuntime) if the launch fails.
void multiply_async(const ProductJob& job, cudaStream_t stream);
void multiply_async(const ProductJob& job, ProductTile tile, cudaStream_t stream);

}  // namespace wend::kernels
