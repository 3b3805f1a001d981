#pragma once

#include <string>

namespace wend {

/// "0.1.0".
std::string version();

/// What `wend --version` says: the version, the vectors that the CPU backend uses on this CPU, and
/// whether the CUDA backend is there and has a device.
std::string version_text();

}  // namespace wend
