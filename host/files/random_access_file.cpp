#include "host/files/random_access_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "host/base/printable.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

std::string cannot_read() { return "cannot read: " + std::generic_category().message(errno); }

}  // namespace

RandomAccessFile::RandomAccessFile(const std::filesystem::path& file)
    : path_(file),
      // Not blocking: opening a pipe must not wait for its writer.
      descriptor_(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
  if (descriptor_ < 0) refuse(cannot_read());
  struct stat status = {};
  std::string reason;
  if (::fstat(descriptor_, &status) != 0)
    reason = cannot_read();
  else if (!S_ISREG(status.st_mode))
    reason = "it is not a regular file";
  else if (status.st_size == 0)
    reason = "it is empty";
  if (!reason.empty()) {
    ::close(descriptor_);  // no destructor is called
    refuse(reason);
  }
  size_ = static_cast<std::uint64_t>(status.st_size);
}

RandomAccessFile::~RandomAccessFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void RandomAccessFile::refuse(const std::string& reason) const {
  throw Error(ErrorKind::kInput, printable(path_.string(), 4096) + ": " + reason);
}

void RandomAccessFile::read(std::uint64_t begin, std::span<std::byte> out) const {
  while (!out.empty()) {
    const ssize_t count = ::pread(descriptor_, out.data(), out.size(), static_cast<off_t>(begin));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) refuse(cannot_read());
    if (count == 0) refuse("was changed while it was read");
    begin += static_cast<std::uint64_t>(count);
    out = out.subspan(static_cast<std::size_t>(count));
  }
}

}  // namespace wend
