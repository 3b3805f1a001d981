#include "host/files/temporary_file.hpp"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "wend/error.hpp"

namespace wend {
namespace {

constexpr mode_t kOwnMode = 0600;
constexpr const char* kAccessList = "system.posix_acl_access";
constexpr auto kSameOwner = static_cast<uid_t>(-1);  // to fchown

std::filesystem::path hidden_name(const std::filesystem::path& folder) {
  static std::atomic<std::uint64_t> count{0};
  return folder / (".wend-" + std::to_string(::getpid()) + "-" + std::to_string(count++) + ".tmp");
}

// A nameless file is given a name through this link, so it must be there.
std::string link_to(int descriptor) { return "/proc/self/fd/" + std::to_string(descriptor); }

int open_nameless(const std::filesystem::path& folder, mode_t mode) {
  const int descriptor = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, mode);
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
                             Naming naming, mode_t mode)
    : output_(std::move(output)), folder_(folder) {
  if (use == Use::kScratch) mode = kOwnMode;
  if (naming == Naming::kNamelessIfPossible) descriptor_ = open_nameless(folder, mode);
  while (descriptor_ < 0) {  // any failure above: what is really wrong shows here, if anything
    name_ = hidden_name(folder);
    descriptor_ = ::open(name_.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, mode);
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

void TemporaryFile::take_permissions(const std::filesystem::path& file,
                                     const struct stat& status) const {
  mode_t mode = status.st_mode & mode_t{07777};
  bool same = ::fchown(descriptor_, status.st_uid, status.st_gid) == 0 ||
              ::fchown(descriptor_, kSameOwner, status.st_gid) == 0;
  // With an access list the group's bits of the mode are what the list may grant at most.
  std::array<std::byte, 1U << 16U> list;  // NOLINT: filled before it is read
  const ssize_t size = ::getxattr(file.c_str(), kAccessList, list.data(), list.size());
  if (size > 0)
    same = ::fsetxattr(descriptor_, kAccessList, list.data(), static_cast<std::size_t>(size), 0) ==
               0 &&
           same;
  // What a group had must not go to another one.
  if (!same) mode &= (~mode_t{S_IRWXG}) | ((mode & mode_t{S_IRWXO}) << 3U);
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

int TemporaryFile::copy_to(const std::filesystem::path& folder) {
  const std::filesystem::path name = hidden_name(folder);
  const int copy = ::open(name.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, kOwnMode);
  if (copy < 0) return errno;
  off_t offset = 0;
  ssize_t sent = 0;
  while ((sent = ::sendfile(copy, descriptor_, &offset, std::size_t{1} << 30U)) > 0) {
  }
  const int error = sent < 0 || ::fsync(copy) != 0 ? errno : 0;
  ::close(copy);
  if (error != 0) {
    ::unlink(name.c_str());
  } else {
    name_ = name;
  }
  return error;
}

void TemporaryFile::fail_and_keep(int error) {
  std::error_code ignored;
  struct stat status = {};
  // Its name may have been removed with the folder.
  if (::fstat(descriptor_, &status) == 0 && status.st_nlink == 0) name_.clear();
  const std::array folders = {folder_, std::filesystem::current_path(ignored),
                              std::filesystem::temp_directory_path(ignored)};
  for (const std::filesystem::path& folder : folders)
    if (name_.empty()) give_name(folder);
  for (const std::filesystem::path& folder : folders)
    if (name_.empty()) copy_to(folder);
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
