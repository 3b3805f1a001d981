#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <optional>
#include <string>

namespace wend {

/// What the name of an output stands for.
struct OutputTarget {
  std::string name;                ///< as messages say it
  std::filesystem::path file;      ///< a file that is made or replaced, links followed; else empty
  int descriptor = -1;             ///< else what is open for writing, for the caller to close
  std::optional<struct stat> was;  ///< of a file that is there, or of what is open
};

/// "-", /dev/stdout, /dev/fd/N and their like are what is open under that number, a pipe or a
/// device is opened, anything else is a file that is replaced. Finds out whether that can be done
/// by what the replacing will do. Waits for the reader of a named pipe.
/// Throws Error(kRuntime) "NAME: reason": a folder, a socket, a disk, a descriptor that is not open
/// for writing, or that this process has opened itself; a file that is read-only, a mount point, or
/// may not be replaced in its folder.
OutputTarget find_output_target(const std::filesystem::path& name);

/// True for a name that is no file to be replaced.
bool is_stream(const std::filesystem::path& name);

/// True if standard output is what the name stands for, or leads to the same file, pipe or
/// terminal.
bool is_standard_output(const std::filesystem::path& name);

/// True if writing `a` would write `b`: two names of one file, whether it is there yet or not, or
/// of what is open. Symbolic links are followed.
bool same_file(const std::filesystem::path& a, const std::filesystem::path& b);

}  // namespace wend
