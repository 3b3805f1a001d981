#pragma once

#include <cstddef>
#include <functional>
#include <span>

namespace wend {

/// Gives the next bytes of a column of known length: fills the whole span. Throws Error(kRuntime).
using ByteSource = std::function<void(std::span<std::byte>)>;

}  // namespace wend
