#pragma once

#include <limits>

namespace wend {

/// ln of no mass at all.
inline constexpr double kNoMass = -std::numeric_limits<double>::infinity();
inline constexpr float kNoMassFloat = -std::numeric_limits<float>::infinity();

}  // namespace wend
