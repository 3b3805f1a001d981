#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace wend {

/// Where the system tells of memory.
struct MemoryFiles {
  std::filesystem::path meminfo = "/proc/meminfo";
  std::filesystem::path own_groups = "/proc/self/cgroup";  ///< the process's control groups
  std::filesystem::path groups = "/sys/fs/cgroup";
};

/// Bytes that this process can still allocate: the least of MemAvailable, of what is left to its
/// address space (RLIMIT_AS), and of what is left to its control groups (versions 1 and 2; cached
/// files do not count as used). 2^64 - 1 where the system does not tell.
std::uint64_t available_memory(const MemoryFiles& files = {});

/// Refuses, naming the sizes, what does not fit `available` bytes: Error(kInput) "WHAT: reason".
void check_memory(std::uint64_t bytes, const std::string& what,
                  std::uint64_t available = available_memory());

}  // namespace wend
