#pragma once

#include <cstdint>

#include "kernels/lanes/scalar.hpp"
#include "kernels/platform.hpp"

namespace wend::kernels {

/// e^x of x <= 0, within two units in the last place, and never below the smallest normal number
/// but for x = -inf: what has mass keeps it. Sums and products alone, in one order, so that every
/// machine comes to the same bits, which the C library's exp does not.
WEND_HD double mass_of_log(double x) {
  // 2^(k/64).
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
  constexpr double kLeast = -708.0;
  const double clamped = x < kLeast ? kLeast : x;
  // x = n ln2/64 + y; the first part of ln2/64 has 32 bits, so that n times it is exact.
  const double scaled = ScalarF64::multiply(clamped, 92.33248261689366);
  const int n = static_cast<int>(scaled - 0.5);
  const auto count = static_cast<double>(n);
  const double high = ScalarF64::add(clamped, -ScalarF64::multiply(count, 0.01083042469326756));
  const double y = ScalarF64::add(high, -ScalarF64::multiply(count, 2.9815858269852933e-12));
  double sum = ScalarF64::add(1.0 / 24, ScalarF64::multiply(y, 1.0 / 120));
  sum = ScalarF64::add(1.0 / 6, ScalarF64::multiply(y, sum));
  sum = ScalarF64::add(0.5, ScalarF64::multiply(y, sum));
  sum = ScalarF64::add(1.0, ScalarF64::multiply(y, sum));
  const auto bits = static_cast<std::uint64_t>(static_cast<std::int64_t>((n >> 6) + 1023)) << 52U;
  double power;
#if defined(__CUDA_ARCH__)
  power = __longlong_as_double(static_cast<long long>(bits));
#else
  __builtin_memcpy(&power, &bits, sizeof power);
#endif
  const double root = kRoots[n & 63];
  const double mass = ScalarF64::multiply(
      ScalarF64::add(root, ScalarF64::multiply(root, ScalarF64::multiply(y, sum))), power);
  if (x >= kLeast) return mass;
  return x < -1.7976931348623157e308 ? 0.0 : 2.2250738585072014e-308;
}

}  // namespace wend::kernels
