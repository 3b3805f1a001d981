#pragma once

#include <cstdint>

namespace wend::kernels {

/// The widths in which chains can step together; wider ones come later in the list. Scalar is the
/// portable body, one chain after another.
enum class Simd : std::uint8_t { kAuto, kScalar, kAvx2, kAvx512 };

/// The lanes of a width, given by its header: U32 is its set of 32-bit lanes (one chain each), F64
/// its set of doubles (one member of a class each).
template <Simd kSimd>
struct LanesOf;

}  // namespace wend::kernels
