#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace wend {

/// 16 hex digits of the 64-bit FNV-1a hash of the files' bytes, one after the other: enough to
/// tell which input made a result, no protection against forgery. Throws Error(kInput) for a file
/// that cannot be read.
std::string digest_files(const std::vector<std::filesystem::path>& files);

}  // namespace wend
