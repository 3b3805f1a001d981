#include "host/base/memory_limit.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>

#include "host/base/number_text.hpp"
#include "host/base/printable.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

constexpr std::uint64_t kUnknown = std::numeric_limits<std::uint64_t>::max();

std::uint64_t address_space_left() {
  rlimit limit = {};
  if (::getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return kUnknown;
  std::uint64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;  // 0 if it cannot be read
  const std::uint64_t used = pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return limit.rlim_cur > used ? limit.rlim_cur - used : 0;
}

std::uint64_t memory_available(const std::filesystem::path& meminfo) {
  std::ifstream stream(meminfo);
  for (std::string key; stream >> key;) {
    std::uint64_t kilobytes = 0;
    if (key == "MemAvailable:" && stream >> kilobytes) return kilobytes * 1024;
    stream.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  return kUnknown;
}

/// What one version of control groups calls its files.
struct GroupNames {
  const char* limit;
  const char* used;
  const char* cached;  // in memory.stat: cached files, which the kernel gives up when it must
  const char* cached_active;
};
constexpr GroupNames kVersion1{"memory.limit_in_bytes", "memory.usage_in_bytes",
                               "total_inactive_file", "total_active_file"};
constexpr GroupNames kVersion2{"memory.max", "memory.current", "inactive_file", "active_file"};

std::uint64_t left_to_group(const std::filesystem::path& group, const GroupNames& names) {
  std::uint64_t limit = 0;
  std::uint64_t used = 0;
  // No limit: "max", which is no number, or (version 1) a number near 2^63.
  if (!(std::ifstream(group / names.limit) >> limit) || limit >> 62U != 0) return kUnknown;
  if (!(std::ifstream(group / names.used) >> used)) return kUnknown;
  std::ifstream stat(group / "memory.stat");
  std::string key;
  for (std::uint64_t bytes = 0; stat >> key >> bytes;) {
    if (key == names.cached || key == names.cached_active) used -= std::min(used, bytes);
  }
  return limit > used ? limit - used : 0;
}

// A group's limits hold for those within it. In a container its own group may be the root.
std::uint64_t left_to_groups(const std::filesystem::path& root, std::filesystem::path group,
                             const GroupNames& names) {
  std::uint64_t least = left_to_group(root, names);
  for (group = group.relative_path(); !group.empty(); group = group.parent_path())
    least = std::min(least, left_to_group(root / group, names));
  return least;
}

std::uint64_t control_groups_left(const MemoryFiles& files) {
  std::uint64_t least = kUnknown;
  std::ifstream stream(files.own_groups);
  for (std::string line; std::getline(stream, line);) {  // "number:controllers:/path"
    const std::size_t controllers = line.find(':') + 1;
    const std::size_t path = line.find(':', controllers) + 1;
    if (controllers == 0 || path == 0) continue;
    const std::string group = line.substr(path);
    const std::string named = fmt::format(",{},", line.substr(controllers, path - controllers - 1));
    if (named == ",,") {
      least = std::min(least, left_to_groups(files.groups, group, kVersion2));
    } else if (named.find(",memory,") != std::string::npos) {
      least = std::min(least, left_to_groups(files.groups / "memory", group, kVersion1));
    }
  }
  return least;
}

}  // namespace

std::uint64_t available_memory(const MemoryFiles& files) {
  return std::min(
      {memory_available(files.meminfo), address_space_left(), control_groups_left(files)});
}

void check_memory(std::uint64_t bytes, const std::string& what, std::uint64_t available) {
  if (bytes <= available) return;
  throw Error(ErrorKind::kInput,
              fmt::format("{}: needs {} of memory, {} are available", printable(what, what.size()),
                          byte_size(bytes), byte_size(available)));
}

}  // namespace wend
