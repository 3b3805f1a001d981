#include "host/files/digest.hpp"

#include <fmt/core.h>

namespace wend {

void Digest::add(std::string_view bytes) {
  for (const char byte : bytes) {
    hash_ ^= static_cast<unsigned char>(byte);
    hash_ *= 0x100000001b3U;
  }
}

std::string Digest::text() const { return fmt::format("{:016x}", hash_); }

}  // namespace wend
