#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

#include "host/files/temporary_file.hpp"

namespace wend {

/// True if writing `a` would overwrite `b`: two names of one file, whether it is there yet or not.
/// Symbolic links are followed.
bool same_file(const std::filesystem::path& a, const std::filesystem::path& b);

/// A file that appears whole or not at all: what is written goes to a temporary file beside `path`
/// and takes its place at commit(). Without a commit() nothing is left behind, and a file that was
/// there before is untouched. A symbolic link is followed, not replaced.
///
/// Every error is an Error(kRuntime) "PATH: reason"; the constructor refuses a folder that is
/// missing or not writable, and a path that is a folder, a device or a read-only file.
class OutputFile {
 public:
  explicit OutputFile(const std::filesystem::path& path,
                      TemporaryFile::Naming naming = TemporaryFile::Naming::kNamelessIfPossible);

  /// Appends.
  void write(std::span<const std::byte> bytes);
  void write(std::string_view text);
  /// Writes over, or beyond, what is there; the end is then the furthest byte written.
  void write_at(std::span<const std::byte> bytes, std::uint64_t offset);
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] const std::filesystem::path& path() const { return target_; }

  /// Call once, at the end.
  void commit() { file_.rename_to(target_); }

 private:
  std::filesystem::path target_;
  TemporaryFile file_;
  std::uint64_t size_ = 0;
};

}  // namespace wend
