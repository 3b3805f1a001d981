#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace wend {

/// Bytes that this process can still allocate: MemAvailable of `meminfo`, or what is left to its
/// address space (RLIMIT_AS) if that is less. 2^64 - 1 where the system does not tell.
std::uint64_t available_memory(const std::filesystem::path& meminfo = "/proc/meminfo");

/// Refuses, naming the sizes, what does not fit `available` bytes: Error(kInput) "WHAT: reason".
void check_memory(std::uint64_t bytes, const std::string& what,
                  std::uint64_t available = available_memory());

}  // namespace wend
