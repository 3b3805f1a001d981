#pragma once

#include <cstdint>

namespace wend::bench {

/// Products and sums a second of one thread, in the widest registers of this CPU, from registers
/// alone: `rounds` x 16 accumulators x 8 of each. Returns a sum of them.
double multiply_add(std::uint64_t rounds);

/// x[i] *= t[i] over `count` doubles: 24 bytes of memory traffic an element.
void scale_by(double* x, const double* t, std::uint64_t count);

}  // namespace wend::bench
