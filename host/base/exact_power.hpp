#pragma once

#include "kernels/lockstep/log_mass.hpp"

namespace wend {

/// e^x, by sums and products alone: the same bits on every machine. -inf gives 0, and nothing else
/// does; beyond 708 it is e^708.
inline double exact_power(double x) {
  return x <= 0 ? kernels::mass_of_log(x) : 1 / kernels::mass_of_log(-x);
}

}  // namespace wend
