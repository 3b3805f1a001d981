#pragma once

#include <string>

namespace wend {

/// "0.1.0".
std::string version();

/// The backends that were built in: "cpu" or "cpu, cuda".
std::string built_backends();

/// The widest vectors that the CPU backend can use here: "avx512", "avx2" or "scalar".
std::string simd_level();

}  // namespace wend
