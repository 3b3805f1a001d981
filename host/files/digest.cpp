#include "host/files/digest.hpp"

#include <fmt/core.h>

#include <fstream>

#include "wend/error.hpp"

namespace wend {

void Digest::add(std::string_view bytes) {
  for (const char byte : bytes) {
    hash_ ^= static_cast<unsigned char>(byte);
    hash_ *= 0x100000001b3U;
  }
}

std::string Digest::text() const { return fmt::format("{:016x}", hash_); }

std::string digest_files(const std::vector<std::filesystem::path>& files) {
  Digest digest;
  std::vector<char> buffer(1U << 20U);
  for (const auto& file : files) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream) throw Error(ErrorKind::kInput, file.string() + ": cannot be read");
    while (stream) {
      stream.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
      digest.add({buffer.data(), static_cast<std::size_t>(stream.gcount())});
    }
  }
  return digest.text();
}

}  // namespace wend
