#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "host/files/output_target.hpp"
#include "host/files/temporary_file.hpp"

namespace wend {

/// An output that appears whole or not at all: what is written goes to a temporary file, which at
/// commit() takes the place of the file at `path` (links followed, owner and mode kept), or is
/// copied to what is open: standard output for "-", a pipe, a device (find_output_target()).
/// Without a commit() nothing is left behind, and a file that was there before is untouched.
///
/// Every error is an Error(kRuntime) "PATH: reason"; the constructor refuses what
/// find_output_target() refuses, and a folder that is missing or not writable.
class OutputFile {
 public:
  explicit OutputFile(const std::filesystem::path& path,
                      TemporaryFile::Naming naming = TemporaryFile::Naming::kNamelessIfPossible);
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  ~OutputFile();

  /// Appends.
  void write(std::span<const std::byte> bytes);
  void write(std::string_view text);
  /// Writes over, or beyond, what is there; the end is then the furthest byte written.
  void write_at(std::span<const std::byte> bytes, std::uint64_t offset);
  [[nodiscard]] std::uint64_t size() const { return size_; }
  /// As messages say it.
  [[nodiscard]] const std::string& name() const { return target_.name; }
  /// Where the temporary file is.
  [[nodiscard]] std::filesystem::path folder() const;

  /// Call once, at the end. If the last step fails the finished temporary file is kept, and the
  /// message says where; but not where the reader of a pipe has gone.
  void commit();

 private:
  void copy_to_stream();

  OutputTarget target_;
  TemporaryFile file_;
  std::uint64_t size_ = 0;
};

}  // namespace wend
