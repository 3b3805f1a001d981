#pragma once

#include <cstdint>

#include "kernels/platform.hpp"

// Functions of one float, of sums and products alone, in one order: every machine comes to the same
// bits, which the C library's do not.
namespace wend::kernels {

/// The operations whose rounding IEEE 754 fixes, where a compiler must not fuse them.
struct Float {
  WEND_HD static float add(float a, float b) {
#if defined(__CUDA_ARCH__)
    return __fadd_rn(a, b);
#else
    return a + b;
#endif
  }
  WEND_HD static float multiply(float a, float b) {
#if defined(__CUDA_ARCH__)
    return __fmul_rn(a, b);
#else
    return a * b;
#endif
  }
  WEND_HD static float divide(float a, float b) {
#if defined(__CUDA_ARCH__)
    return __fdiv_rn(a, b);
#else
    return a / b;
#endif
  }
  WEND_HD static float root(float a) {
#if defined(__CUDA_ARCH__)
    return __fsqrt_rn(a);
#else
    return __builtin_sqrtf(a);
#endif
  }
  /// a without its fraction, |a| < 2^22.
  WEND_HD static std::int32_t truncate(float a) {
#if defined(__CUDA_ARCH__)
    return static_cast<std::int32_t>(a);
#else
    // The conversion, which is not defined for all floats, would keep compilers from making vectors
    // of a loop.
    constexpr float kUnits = 8388608.0F;  // 2^23: floats from here on have no fraction
    const float magnitude = __builtin_fabsf(a);
    const float whole = magnitude + kUnits;
    std::int32_t bits;
    __builtin_memcpy(&bits, &whole, sizeof bits);
    const std::int32_t nearest = bits - 0x4B000000;
    const std::int32_t below = nearest - (whole - kUnits > magnitude ? 1 : 0);
    return a < 0 ? -below : below;
#endif
  }
};

/// e^x within two units in the last place, where x is in [-87, 88], and as at its ends beyond; NaN
/// of NaN.
WEND_HD float exp_float(float x) {
  const float below = x > 88.0F ? 88.0F : x;
  const float clamped = below >= -87.0F ? below : -87.0F;  // NaN too: it is no integer
  // x = n ln2 + y; the first part of ln2 has 11 bits, so that n times it is exact.
  const float scaled = Float::multiply(clamped, 1.44269504F);
  const std::int32_t n = Float::truncate(Float::add(scaled, scaled < 0 ? -0.5F : 0.5F));
  const auto count = static_cast<float>(n);
  const float high = Float::add(clamped, -Float::multiply(count, 0.693359375F));
  const float y = Float::add(high, Float::multiply(count, 2.12194440e-4F));
  float sum = Float::add(1.0F / 720, Float::multiply(y, 1.0F / 5040));
  sum = Float::add(1.0F / 120, Float::multiply(y, sum));
  sum = Float::add(1.0F / 24, Float::multiply(y, sum));
  sum = Float::add(1.0F / 6, Float::multiply(y, sum));
  sum = Float::add(0.5F, Float::multiply(y, sum));
  sum = Float::add(1.0F, Float::multiply(y, sum));
  sum = Float::add(1.0F, Float::multiply(y, sum));
  const std::uint32_t bits = static_cast<std::uint32_t>(n + 127) << 23U;
  float power;
  __builtin_memcpy(&power, &bits, sizeof power);
  return x == x ? Float::multiply(sum, power) : x;
}

/// 1 / (1 + e^-x).
WEND_HD float sigmoid(float x) {
  const float e = exp_float(x < 0 ? x : -x);
  return Float::divide(x < 0 ? e : 1.0F, Float::add(1.0F, e));
}

/// tanh x, within 2^-23.
WEND_HD float tanh_float(float x) {
  const float e = exp_float(x < 0 ? Float::multiply(2, x) : Float::multiply(-2, x));
  const float magnitude = Float::divide(Float::add(1.0F, -e), Float::add(1.0F, e));
  return x < 0 ? -magnitude : magnitude;
}

/// x sigmoid(x).
WEND_HD float silu(float x) { return Float::multiply(x, sigmoid(x)); }

}  // namespace wend::kernels
