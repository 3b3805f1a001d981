#include "host/files/temporary_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "wend/error.hpp"

namespace wend {
namespace {

constexpr mode_t kMode = 0666;                       // less the user's umask
constexpr auto kSameOwner = static_cast<uid_t>(-1);  // to fchown

std::filesystem::path hidden_name(const std::filesystem::path& folder) {
  static std::atomic<std::uint64_t> count{0};
  return folder / (".wend-" + std::to_string(::getpid()) + "-" + std::to_string(count++) + ".tmp");
}

// A nameless file is given a name through this link, so it must be there.
std::string link_to(int descriptor) { return "/proc/self/fd/" + std::to_string(descriptor); }

int open_nameless(const std::filesystem::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, kMode);
  if (descriptor >= 0 && ::access(link_to(descriptor).c_str(), F_OK) != 0) {
    ::close(descriptor);
    errno = EOPNOTSUPP;
    return -1;
  }
  return descriptor;
}

}  // namespace

std::filesystem::path folder_of(const std::filesystem::path& file) {
  return file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
}

TemporaryFile::TemporaryFile(std::string output, const std::filesystem::path& folder, Use use,
                             Naming naming)
    : output_(std::move(output)), folder_(folder) {
  if (naming == Naming::kNamelessIfPossible) descriptor_ = open_nameless(folder);
  while (descriptor_ < 0) {  // any failure above: what is really wrong shows here, if anything
    name_ = hidden_name(folder);
    descriptor_ = ::open(name_.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, kMode);
    if (descriptor_ < 0 && errno != EEXIST) {
      const int error = errno;
      name_.clear();
      throw Error(ErrorKind::kRuntime, output_ + ": cannot write to the folder " + folder.string() +
                                           ": " + std::generic_category().message(error));
    }
    if (descriptor_ >= 0 && use == Use::kScratch) {
      ::unlink(name_.c_str());
      name_.clear();
    }
  }
}

TemporaryFile::~TemporaryFile() {
  if (!name_.empty()) ::unlink(name_.c_str());
  ::close(descriptor_);
}

void TemporaryFile::write_at(std::span<const std::byte> bytes, std::uint64_t offset) const {
  while (!bytes.empty()) {
    const ssize_t written =
        ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail(errno);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
}

void TemporaryFile::read_at(std::span<std::byte> bytes, std::uint64_t offset) const {
  while (!bytes.empty()) {
    const ssize_t got =
        ::pread(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) fail(got < 0 ? errno : EIO);  // the end: somebody cut the file
    bytes = bytes.subspan(static_cast<std::size_t>(got));
    offset += static_cast<std::uint64_t>(got);
  }
}

void TemporaryFile::take_permissions(uid_t owner, gid_t group, mode_t mode) const {
  const bool same_group =
      ::fchown(descriptor_, owner, group) == 0 || ::fchown(descriptor_, kSameOwner, group) == 0;
  // What a group had must not go to another one.
  if (!same_group) mode &= (~mode_t{S_IRWXG}) | ((mode & mode_t{S_IRWXO}) << 3U);
  if (::fchmod(descriptor_, mode) != 0) fail(errno);
}

void TemporaryFile::rename_to(const std::filesystem::path& target) {
  if (::fsync(descriptor_) != 0) fail(errno);  // a full or failing disk may show only here
  if (name_.empty()) {
    // A new name is a link, all that a folder which may only be added to allows.
    if (::linkat(AT_FDCWD, link_to(descriptor_).c_str(), AT_FDCWD, target.c_str(),
                 AT_SYMLINK_FOLLOW) == 0)
      return;
    // Linking cannot replace a file, renaming can: hence by way of a hidden name.
    const int error = give_name(folder_);
    if (error != 0) fail_and_keep(error);
  }
  if (::rename(name_.c_str(), target.c_str()) != 0) fail_and_keep(errno);
  name_.clear();
}

int TemporaryFile::give_name(const std::filesystem::path& folder) {
  for (;;) {
    const std::filesystem::path name = hidden_name(folder);
    if (::linkat(AT_FDCWD, link_to(descriptor_).c_str(), AT_FDCWD, name.c_str(),
                 AT_SYMLINK_FOLLOW) == 0) {
      name_ = name;
      return 0;
    }
    if (errno != EEXIST) return errno;
  }
}

void TemporaryFile::fail_and_keep(int error) {
  std::error_code ignored;
  // The folder may have been removed.
  for (const std::filesystem::path& folder : {folder_, std::filesystem::current_path(ignored),
                                              std::filesystem::temp_directory_path(ignored)})
    if (name_.empty()) give_name(folder);
  std::string kept;
  if (!name_.empty()) {
    kept = "; the finished file is " + std::filesystem::absolute(name_, ignored).string();
    name_.clear();
  }
  throw Error(ErrorKind::kRuntime,
              output_ + ": cannot write: " + std::generic_category().message(error) + kept);
}

void TemporaryFile::fail(int error) const {
  throw Error(ErrorKind::kRuntime,
              output_ + ": cannot write: " + std::generic_category().message(error));
}

}  // namespace wend
