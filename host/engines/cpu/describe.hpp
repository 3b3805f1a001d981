#pragma once

#include "host/base/simd.hpp"
#include "host/engines/engine.hpp"

namespace wend {

/// "cpu, 2 threads, avx512".
Device describe_cpu(unsigned threads, Simd simd);

}  // namespace wend
