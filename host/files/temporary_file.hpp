#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

namespace wend {

/// "." where the path names none.
std::filesystem::path folder_of(const std::filesystem::path& file);

/// A file in the folder of a file that is to be written, seen by nobody else. Scratch files have no
/// name, so that they vanish with the process however it ends. An output file has none either where
/// the file system can do without (O_TMPFILE), else a hidden one that the destructor removes.
///
/// Every error is an Error(kRuntime) "OUTPUT: reason".
class TemporaryFile {
 public:
  enum class Use { kScratch, kOutput };
  enum class Naming { kNamelessIfPossible, kNamed };  ///< kNamed: as on a file system without

  TemporaryFile(std::filesystem::path output, Use use, Naming naming = Naming::kNamelessIfPossible);
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile();

  /// Writes all of `bytes`. Safe from several threads at once.
  void write_at(std::span<const std::byte> bytes, std::uint64_t offset) const;
  /// Fills `bytes`, all of which must have been written.
  void read_at(std::span<std::byte> bytes, std::uint64_t offset) const;
  /// Output files: waits for the disk, then takes the place of `target` in one step.
  void rename_to(const std::filesystem::path& target);

 private:
  [[noreturn]] void fail(int error) const;

  std::filesystem::path output_;
  std::filesystem::path name_;  // empty: nameless
  int descriptor_ = -1;
};

}  // namespace wend
