#include "host/files/output_target.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <system_error>

#include "host/files/temporary_file.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const std::string& name, const std::string& reason) {
  throw Error(ErrorKind::kRuntime, name + ": cannot write: " + reason);
}

std::string reason_of(int error) { return std::generic_category().message(error); }

// Where a chain of symbolic links ends: a path, even if there is no file yet, or an open descriptor
// of this process. The links of /proc/self/fd must not be read: what they say need not be a path.
struct Followed {
  fs::path path;
  std::optional<int> descriptor;
};

std::optional<int> descriptor_of(const fs::path& path) {
  std::error_code error;
  const fs::path folder = fs::canonical(folder_of(path), error);
  if (error || folder != fs::canonical("/proc/self/fd", error) || error) return {};
  const std::string number = path.filename();
  int descriptor = -1;
  const char* end = number.data() + number.size();
  const auto [rest, problem] = std::from_chars(number.data(), end, descriptor);
  if (problem != std::errc() || rest != end) return {};
  return descriptor;
}

Followed followed(fs::path path) {
  if (path == "-") return {path, STDOUT_FILENO};
  constexpr int kMostLinks = 40;  // as many as Linux follows
  std::error_code ignored;
  for (int i = 0; i < kMostLinks; ++i) {
    if (const std::optional<int> descriptor = descriptor_of(path)) return {path, descriptor};
    if (!fs::is_symlink(path, ignored)) break;
    path = path.parent_path() / fs::read_symlink(path, ignored);
  }
  return {path, {}};
}

// Whether a descriptor was handed to this process. What it opens itself is closed on exec: the
// files behind it are no outputs.
bool is_inherited(int descriptor) {
  const int flags = ::fcntl(descriptor, F_GETFD);
  return flags >= 0 && (flags & FD_CLOEXEC) == 0;
}

std::optional<struct stat> stat_of(const Followed& place) {
  struct stat status = {};
  if (place.descriptor && !is_inherited(*place.descriptor)) return {};
  const int result =
      place.descriptor ? ::fstat(*place.descriptor, &status) : ::stat(place.path.c_str(), &status);
  return result == 0 ? std::optional(status) : std::nullopt;
}

fs::path resolved(const fs::path& path) {
  std::error_code error;
  // Relative paths of which no part exists stay relative in weakly_canonical.
  const fs::path whole = fs::absolute(path, error);
  const fs::path target = fs::weakly_canonical(whole, error);
  return error ? whole.lexically_normal() : target;
}

bool is_mount_point(const fs::path& file) {
  struct statx own = {};
  struct statx folder = {};
  if (::statx(AT_FDCWD, file.c_str(), 0, STATX_MNT_ID, &own) != 0 ||
      ::statx(AT_FDCWD, folder_of(file).c_str(), 0, STATX_MNT_ID, &folder) != 0)
    return false;
  return (own.stx_mask & folder.stx_mask & STATX_MNT_ID) != 0 &&
         own.stx_mnt_id != folder.stx_mnt_id;
}

// While it lives, no signal but SIGKILL ends the process.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, &before_);
  }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;
  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

// The errno with which a file may not be renamed over; 0 if it may. Renaming a folder over a file
// never succeeds, but the kernel first asks whether the file may be removed (sticky folders,
// append-only and immutable files), and only then says ENOTDIR.
int rename_error(const fs::path& file) {
  const SignalsBlocked blocked;  // the folder must not outlive the process
  std::string folder = (folder_of(file) / ".wend-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) return 0;  // the temporary file will tell
  const int error = ::rename(folder.c_str(), file.c_str()) == 0 ? 0 : errno;
  // A file that has just been removed by somebody else leaves its name to the folder.
  ::rmdir(error == 0 ? file.c_str() : folder.c_str());
  return error == ENOTDIR ? 0 : error;
}

void check_file(const std::string& name, const fs::path& file) {
  if (::access(file.c_str(), W_OK) != 0) {
    const int error = errno;
    refuse(name, error == EACCES ? "the file is read-only" : reason_of(error));
  }
  if (is_mount_point(file)) refuse(name, "the file is a mount point and cannot be replaced");
  if (const int error = rename_error(file); error != 0)
    refuse(name, "the file cannot be replaced: " + reason_of(error));
}

int open_stream(const std::string& name, const Followed& place, mode_t type) {
  if (place.descriptor) {
    if (!is_inherited(*place.descriptor)) refuse(name, reason_of(EBADF));
    const int flags = ::fcntl(*place.descriptor, F_GETFL);
    if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY)
      refuse(name, flags < 0 ? reason_of(errno) : "it is not open for writing");
    const int copy = ::fcntl(*place.descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (copy < 0) refuse(name, reason_of(errno));
    return copy;
  }
  if (!S_ISFIFO(type) && !S_ISCHR(type)) refuse(name, "not a regular file");
  const int opened = ::open(place.path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY);
  if (opened < 0) refuse(name, reason_of(errno));
  return opened;
}

}  // namespace

OutputTarget find_output_target(const fs::path& name) {
  OutputTarget target;
  target.name = name == "-" ? "standard output" : name.string();
  if (!name.has_filename()) refuse(target.name, "names a folder, not a file");
  const Followed place = followed(name);
  target.was = stat_of(place);
  if (!target.was && (errno == ENAMETOOLONG || errno == ELOOP))
    refuse(target.name, reason_of(errno));
  if (place.descriptor || (target.was && !S_ISREG(target.was->st_mode))) {
    target.descriptor = open_stream(target.name, place, target.was ? target.was->st_mode : 0);
    return target;
  }
  target.file = place.path;
  if (target.was) check_file(target.name, target.file);
  return target;
}

bool is_stream(const fs::path& name) {
  const Followed place = followed(name);
  const std::optional<struct stat> status = stat_of(place);
  return place.descriptor || (status && (S_ISFIFO(status->st_mode) || S_ISCHR(status->st_mode)));
}

bool is_standard_output(const fs::path& name) {
  const Followed place = followed(name);
  if (place.descriptor == STDOUT_FILENO) return true;
  const std::optional<struct stat> own = stat_of({{}, STDOUT_FILENO});
  const std::optional<struct stat> other = stat_of(place);
  if (!own || !other || own->st_dev != other->st_dev || own->st_ino != other->st_ino) return false;
  return !S_ISCHR(own->st_mode) || ::isatty(STDOUT_FILENO) != 0;  // not two uses of /dev/null
}

bool same_file(const fs::path& a, const fs::path& b) {
  const Followed first = followed(a);
  const Followed second = followed(b);
  const std::optional<struct stat> one = stat_of(first);
  const std::optional<struct stat> two = stat_of(second);
  if (one && two) {
    // Two outputs may both go to /dev/null, or to one terminal.
    if (S_ISCHR(one->st_mode)) return false;
    return one->st_dev == two->st_dev && one->st_ino == two->st_ino;
  }
  return !one && !two && resolved(first.path) == resolved(second.path);
}

}  // namespace wend
