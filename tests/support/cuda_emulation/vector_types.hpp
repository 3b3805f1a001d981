#pragma once

// CUDA's small vectors.

// Loads of two words at once must be aligned.
struct alignas(8) uint2 {
  unsigned x, y;
};

struct uint3 {
  unsigned x, y, z;
};

struct dim3 {
  unsigned x = 1, y = 1, z = 1;
  constexpr dim3() = default;
  constexpr dim3(unsigned x_size, unsigned y_size = 1, unsigned z_size = 1)  // NOLINT: as CUDA's
      : x(x_size), y(y_size), z(z_size) {}
};

// Likewise of four.
struct alignas(16) float4 {
  float x, y, z, w;
};
