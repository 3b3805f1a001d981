#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>

namespace wend {

/// "." where the path names none.
std::filesystem::path folder_of(const std::filesystem::path& file);

/// A file of its own in a folder, seen by nobody else. Scratch files have no name, so that they
/// vanish with the process however it ends. An output file has none either where the file system
/// can do without (O_TMPFILE), else a hidden one that the destructor removes.
///
/// Every error is an Error(kRuntime) "OUTPUT: reason", with `output` as given.
class TemporaryFile {
 public:
  enum class Use { kScratch, kOutput };
  enum class Naming { kNamelessIfPossible, kNamed };  ///< kNamed: as on a file system without

  /// `mode`, of an output: less the user's umask, as for any new file. Scratch files are the user's
  /// own.
  TemporaryFile(std::string output, const std::filesystem::path& folder, Use use,
                Naming naming = Naming::kNamelessIfPossible, mode_t mode = 0666);
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile();

  /// Writes all of `bytes`. Safe from several threads at once.
  void write_at(std::span<const std::byte> bytes, std::uint64_t offset) const;
  /// Fills `bytes`, all of which must have been written.
  void read_at(std::span<std::byte> bytes, std::uint64_t offset) const;

  /// Output files: takes owner, mode and access list of the file that it is to replace, as far as
  /// the system lets; a group or list that it may not take gets no more than everybody has.
  void take_permissions(const std::filesystem::path& file, const struct stat& status) const;
  /// Output files: waits for the disk, then takes the place of `target` in one step. If that fails
  /// the file is kept, and the message says where.
  void rename_to(const std::filesystem::path& target);
  /// Output files, complete: gives the file a name that outlives the process, in its own folder if
  /// that is still there, and throws the error with that name in its message.
  [[noreturn]] void fail_and_keep(int error);

 private:
  [[noreturn]] void fail(int error) const;
  // An errno, 0 if the file has a name in `folder` now.
  int give_name(const std::filesystem::path& folder);
  // The same, of a copy: for another file system, or where the only name has been removed.
  int copy_to(const std::filesystem::path& folder);

  std::string output_;
  std::filesystem::path folder_;
  std::filesystem::path name_;  // empty: nameless
  int descriptor_ = -1;
};

}  // namespace wend
