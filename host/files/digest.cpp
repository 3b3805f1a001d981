#include "host/files/digest.hpp"

#include <fmt/core.h>

#include <array>
#include <cstdint>
#include <fstream>

#include "wend/error.hpp"

namespace wend {

std::string digest_files(const std::vector<std::filesystem::path>& files) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  std::vector<char> buffer(1U << 20U);
  for (const auto& file : files) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream) throw Error(ErrorKind::kInput, file.string() + ": cannot be read");
    while (stream) {
      stream.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
      for (std::streamsize i = 0; i < stream.gcount(); ++i) {
        hash ^= static_cast<unsigned char>(buffer[static_cast<std::size_t>(i)]);
        hash *= 0x100000001b3U;
      }
    }
  }
  return fmt::format("{:016x}", hash);
}

}  // namespace wend
