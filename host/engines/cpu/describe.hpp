#pragma once

#include "host/base/simd.hpp"
#include "host/engines/engine.hpp"

namespace wend {

/// threads, or one a core for 0.
unsigned resolve_threads(unsigned threads);
/// "cpu, 2 threads, avx512".
Device describe_cpu(unsigned threads, Simd simd);

}  // namespace wend
