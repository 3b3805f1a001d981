#include "host/memory_limit.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <limits>

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

std::string size_text(std::uint64_t bytes) {
  const auto size = static_cast<double>(bytes);
  if (bytes >> 30U != 0) return fmt::format("{:.1f} GiB", size / (1U << 30U));
  return fmt::format("{:.1f} MiB", size / (1U << 20U));
}

}  // namespace

std::uint64_t available_memory(const std::filesystem::path& meminfo) {
  return std::min(memory_available(meminfo), address_space_left());
}

void check_memory(std::uint64_t bytes, const std::string& what, std::uint64_t available) {
  if (bytes <= available) return;
  throw Error(ErrorKind::kInput, fmt::format("{}: needs {} of memory, {} are available", what,
                                             size_text(bytes), size_text(available)));
}

}  // namespace wend
