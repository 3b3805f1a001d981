#pragma once

#include <string>

#include "host/engines/engine.hpp"

namespace wend {

/// What `simd` comes to on this CPU. Throws Error(kUsage) if the CPU has not got it.
Simd resolve(Simd simd);
/// threads, or one a core for 0.
unsigned resolve_threads(unsigned threads);
std::string to_string(Simd simd);
/// "cpu, 2 threads, avx512".
Device describe_cpu(unsigned threads, Simd simd);

}  // namespace wend
