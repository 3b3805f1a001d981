#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <utility>

namespace wend {

/// A regular file, of which parts are read. Not mapped: a file that is cut short meanwhile makes an
/// error then, where a mapping would end the process. Movable; reads may run at the same time.
class RandomAccessFile {
 public:
  /// Throws Error(kInput) "FILE: reason" for what cannot be opened, is no regular file, or is
  /// empty.
  explicit RandomAccessFile(const std::filesystem::path& file);
  RandomAccessFile(RandomAccessFile&& other) noexcept
      : path_(std::move(other.path_)),
        descriptor_(std::exchange(other.descriptor_, -1)),
        size_(other.size_) {}
  RandomAccessFile(const RandomAccessFile&) = delete;
  RandomAccessFile& operator=(const RandomAccessFile&) = delete;
  ~RandomAccessFile();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// In bytes, when it was opened.
  [[nodiscard]] std::uint64_t size() const { return size_; }
  /// The bytes from `begin` on. Throws Error(kInput) "FILE: reason" for what cannot be read, and
  /// "was changed while it was read" where the file has not so many any more.
  void read(std::uint64_t begin, std::span<std::byte> out) const;

 private:
  [[noreturn]] void refuse(const std::string& reason) const;

  std::filesystem::path path_;
  int descriptor_;
  std::uint64_t size_ = 0;
};

}  // namespace wend
