#pragma once

#include <cmath>

namespace wend {

/// ln(1 + e^x) without overflow.
inline double log_one_plus_exp(double x) {
  return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
}

}  // namespace wend
