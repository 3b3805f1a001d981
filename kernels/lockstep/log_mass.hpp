#pragma once

#include <cstdint>

#include "kernels/lanes/scalar.hpp"
#include "kernels/platform.hpp"

namespace wend::kernels {

/// 2^(k/64), k = 0..63. As wide as what it is for: compilers make vectors of both together.
WEND_HD double root_of_two(std::uint64_t k) {
  static constexpr double kRoots[64] = {1.0,
                                        1.0108892860517005,
                                        1.0218971486541166,
                                        1.0330248790212284,
                                        1.0442737824274138,
                                        1.0556451783605572,
                                        1.0671404006768237,
                                        1.0787607977571199,
                                        1.0905077326652577,
                                        1.102382583307841,
                                        1.1143867425958924,
                                        1.1265216186082418,
                                        1.1387886347566916,
                                        1.1511892299529827,
                                        1.1637248587775775,
                                        1.1763969916502812,
                                        1.189207115002721,
                                        1.202156731452703,
                                        1.215247359980469,
                                        1.22848053610687,
                                        1.241857812073484,
                                        1.255380757024691,
                                        1.2690509571917332,
                                        1.2828700160787783,
                                        1.2968395546510096,
                                        1.3109612115247644,
                                        1.3252366431597413,
                                        1.339667524053303,
                                        1.3542555469368927,
                                        1.3690024229745905,
                                        1.383909881963832,
                                        1.3989796725383112,
                                        1.4142135623730951,
                                        1.42961333839197,
                                        1.4451808069770467,
                                        1.460917794180647,
                                        1.4768261459394993,
                                        1.4929077282912648,
                                        1.5091644275934228,
                                        1.5255981507445384,
                                        1.5422108254079407,
                                        1.559004400237837,
                                        1.5759808451078865,
                                        1.593142151342267,
                                        1.6104903319492543,
                                        1.6280274218573478,
                                        1.645755478153965,
                                        1.6636765803267364,
                                        1.681792830507429,
                                        1.7001063537185235,
                                        1.718619298122478,
                                        1.7373338352737062,
                                        1.7562521603732995,
                                        1.7753764925265212,
                                        1.7947090750031072,
                                        1.8142521755003989,
                                        1.8340080864093424,
                                        1.8539791250833855,
                                        1.8741676341103,
                                        1.8945759815869656,
                                        1.9152065613971474,
                                        1.9360617934922943,
                                        1.9571441241754002,
                                        1.978456026387951};
  return kRoots[k];
}

/// A number without its fraction, as a double and as n + 2^16.
struct WholeNumber {
  double count;
#if defined(__CUDA_ARCH__)
  std::uint32_t raised;
#else
  std::uint64_t raised;  // as wide as the double, for vectors of both
#endif
};

/// Of -2^16 < a <= 0.
WEND_HD WholeNumber without_fraction(double a) {
#if defined(__CUDA_ARCH__)
  const int n = static_cast<int>(a);
  return {static_cast<double>(n), static_cast<std::uint32_t>(n + 65536)};
#else
  // By sums: conversions, which are not defined for all doubles, would keep compilers from making
  // vectors of a loop. From 2^52 on doubles have no fraction.
  constexpr double kUnits = 4503599627370496.0;
  const double nearest = kUnits - (kUnits - a);
  const double count = nearest < a ? nearest + 1 : nearest;
  const double raised = kUnits + (count + 65536);
  std::uint64_t bits;
  __builtin_memcpy(&bits, &raised, sizeof bits);
  return {count, bits & 0xFFFFFFFFU};
#endif
}

/// e^x of x <= 0, within two units in the last place, and never below the smallest normal number
/// but for x = -inf: what has mass keeps it. Sums and products alone, in one order, so that every
/// machine comes to the same bits, which the C library's exp does not.
WEND_HD double mass_of_log(double x) {
  constexpr double kLeast = -708.0;
  const double clamped = x >= kLeast ? x : kLeast;  // NaN too: it is no integer
  // x = n ln2/64 + y; the first part of ln2/64 has 32 bits, so that n times it is exact.
  const double scaled = ScalarF64::multiply(clamped, 92.33248261689366);
  const auto [count, raised] = without_fraction(scaled - 0.5);
  const double high = ScalarF64::add(clamped, -ScalarF64::multiply(count, 0.01083042469326756));
  const double y = ScalarF64::add(high, -ScalarF64::multiply(count, 2.9815858269852933e-12));
  double sum = ScalarF64::add(1.0 / 24, ScalarF64::multiply(y, 1.0 / 120));
  sum = ScalarF64::add(1.0 / 6, ScalarF64::multiply(y, sum));
  sum = ScalarF64::add(0.5, ScalarF64::multiply(y, sum));
  sum = ScalarF64::add(1.0, ScalarF64::multiply(y, sum));
  const std::uint64_t bits = std::uint64_t{(raised >> 6U) - 1} << 52U;  // -1: 1023 - 2^16 / 64
  double power;
  __builtin_memcpy(&power, &bits, sizeof power);
  const double root = root_of_two(raised & 63U);
  const double mass = ScalarF64::multiply(
      ScalarF64::add(root, ScalarF64::multiply(root, ScalarF64::multiply(y, sum))), power);
  if (x >= kLeast) return mass;
  return x < -1.7976931348623157e308 ? 0.0 : 2.2250738585072014e-308;
}

/// ln x of a finite x >= 0, within two units in the last place and 2e-16; -inf of 0. As above, the
/// same bits on every machine.
WEND_HD double log_of_mass(double x) {
  constexpr std::uint64_t kMantissa = (std::uint64_t{1} << 52U) - 1;
  const bool subnormal = x < 2.2250738585072014e-308;
  const double normal = subnormal ? ScalarF64::multiply(x, 18014398509481984.0) : x;  // 2^54
  std::uint64_t bits;
  __builtin_memcpy(&bits, &normal, sizeof bits);
  int exponent = static_cast<int>(bits >> 52U) - (subnormal ? 1023 + 54 : 1023);
  bits = (bits & kMantissa) | (std::uint64_t{1023} << 52U);
  double mantissa = 0;
  __builtin_memcpy(&mantissa, &bits, sizeof mantissa);
  double m = mantissa;  // 1 <= m < 2
  // The root nearest to m, or one of its neighbours: 64 log2(m), roughly.
  const double above = m - 1;
  const double rough =
      ScalarF64::multiply(ScalarF64::multiply(above, ScalarF64::add(4.0, -above)), 64.0 / 3);
  int root_number = static_cast<int>(ScalarF64::add(rough, 0.5));
  if (root_number > 63) {
    root_number = 0;
    m = ScalarF64::multiply(m, 0.5);
    ++exponent;
  }
  // m / root = (1 + s) / (1 - s): twice s + s^3/3 + s^5/5 + ..
  const double root = root_of_two(static_cast<std::uint64_t>(root_number));
  const double s = ScalarF64::add(m, -root) / ScalarF64::add(m, root);
  const double square = ScalarF64::multiply(s, s);
  double series = ScalarF64::add(2.0 / 5, ScalarF64::multiply(square, 2.0 / 7));
  series = ScalarF64::add(2.0 / 3, ScalarF64::multiply(square, series));
  series = ScalarF64::multiply(ScalarF64::multiply(square, series), s);
  const auto count = static_cast<double>(64 * exponent + root_number);
  const double low = ScalarF64::add(
      series, ScalarF64::add(2 * s, ScalarF64::multiply(count, 2.9815858269852933e-12)));
  const double log = ScalarF64::add(ScalarF64::multiply(count, 0.01083042469326756), low);
  const std::uint64_t infinity_bits = std::uint64_t{0xFFF} << 52U;
  double minus_infinity = 0;
  __builtin_memcpy(&minus_infinity, &infinity_bits, sizeof minus_infinity);
  return x > 0 ? log : minus_infinity;
}

}  // namespace wend::kernels
