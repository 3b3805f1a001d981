#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/files/safetensors.hpp"
#include "wend/error.hpp"

// What holds of any bytes that are read as a .safetensors file. Whatever does not ends the process:
// fuzzers look for that.
namespace wend::test {

inline void must(bool holds, const char* what) {
  if (holds) return;
  std::fputs(what, stderr);
  std::abort();
}

/// A file in memory, at a path of its own.
class MemoryFile {
 public:
  explicit MemoryFile(std::span<const std::byte> bytes) : number_(::memfd_create("tensors", 0)) {
    must(number_ >= 0, "no file in memory");
    must(::write(number_, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()),
         "a file in memory was not written");
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() { ::close(number_); }
  [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(number_); }

 private:
  int number_;
};

/// Tensors lie side by side within the file, each as large as its type and shape say.
inline void check_places(const std::map<std::string, TensorEntry>& tensors, std::size_t size) {
  std::uint64_t sum = 0;
  for (const auto& [name, tensor] : tensors) {
    std::uint64_t count = 1;
    for (const std::uint64_t extent : tensor.shape) count *= extent;
    must(count == tensor.count, "a count is not that of the shape");
    must(tensor.begin >= 8 && tensor.begin <= size && tensor.bytes <= size - tensor.begin,
         "a tensor is not within the file");
    must(count == 0 ? tensor.bytes == 0 : tensor.bytes % count == 0, "bytes do not fit elements");
    sum += tensor.bytes;
  }
  must(sum <= size - 8, "tensors overlap");
}

/// Reads them, whole if they can be; true if they are such a file. What is refused is so in one
/// line that begins with the file's name.
inline bool check_safetensors(std::span<const std::byte> bytes) {
  const MemoryFile file(bytes);
  const auto check_line = [&](const Error& error) {
    const std::string_view line = error.what();
    must(error.kind() == ErrorKind::kInput, "a refusal of another kind");
    must(line.starts_with(file.path() + ": "), "a refusal without the file's name");
    must(line.find('\n') == std::string_view::npos, "a refusal of several lines");
  };
  try {
    InputFiles inputs;
    const Safetensors tensors(file.path(), inputs);
    const auto entries = parse_safetensors_header(bytes, file.path());
    check_places(entries, bytes.size());
    for (const auto& [name, entry] : entries) {
      std::vector<float> values(std::min<std::uint64_t>(entry.count, 1000));
      try {
        tensors.read(name, entry.count - values.size(), values);
      } catch (const Error& error) {
        check_line(error);
      }
    }
    return true;
  } catch (const Error& error) {
    check_line(error);
    return false;
  }
}

}  // namespace wend::test
