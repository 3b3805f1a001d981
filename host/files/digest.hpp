#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace wend {

/// The 64-bit FNV-1a hash of bytes that come in pieces: enough to tell inputs and results apart, no
/// protection against forgery.
class Digest {
 public:
  void add(std::string_view bytes);
  /// 16 hex digits.
  [[nodiscard]] std::string text() const;

 private:
  std::uint64_t hash_ = 0xcbf29ce484222325U;
};

}  // namespace wend
