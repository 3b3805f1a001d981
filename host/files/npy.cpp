#include "host/files/npy.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "wend/error.hpp"

namespace wend {

static_assert(std::endian::native == std::endian::little, ".npy elements are used in place");

NpyFile::NpyFile(const std::filesystem::path& file, const std::string& context) {
  const auto refuse = [&](const std::string& reason) {
    throw Error(ErrorKind::kInput, context + ": " + file.string() + ": " + reason);
  };
  // Not blocking: opening a pipe must not wait for its writer.
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) refuse("cannot read: " + std::generic_category().message(errno));
  struct stat status = {};
  if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size == 0) {
    ::close(descriptor);
    refuse(S_ISREG(status.st_mode) ? "it is empty" : "it is not a regular file");
  }
  size_ = static_cast<std::size_t>(status.st_size);
  void* memory = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, descriptor, 0);
  const int error = errno;
  ::close(descriptor);
  if (memory == MAP_FAILED) refuse("cannot map: " + std::generic_category().message(error));
  memory_ = static_cast<const std::byte*>(memory);
  try {
    header_ = parse_npy_header({memory_, size_});
    const std::uint64_t expected = header_.count * item_bytes(header_.type);
    const std::uint64_t present = size_ - header_.data_offset;
    const std::string sizes =
        std::to_string(expected) + " bytes of data expected, " + std::to_string(present) + " there";
    if (present < expected) refuse("it is cut short: " + sizes);
    if (present > expected) refuse("it has trailing bytes: " + sizes);
    if (header_.data_offset % item_bytes(header_.type) != 0) {
      refuse("its data is not aligned; save it again with numpy.save");
    }
  } catch (const std::invalid_argument& reason) {
    unmap();
    refuse(reason.what());
  } catch (...) {
    unmap();
    throw;
  }
}

NpyFile::NpyFile(NpyFile&& other) noexcept
    : header_(std::move(other.header_)),
      memory_(std::exchange(other.memory_, nullptr)),
      size_(std::exchange(other.size_, 0)) {}

NpyFile& NpyFile::operator=(NpyFile&& other) noexcept {
  std::swap(header_, other.header_);
  std::swap(memory_, other.memory_);
  std::swap(size_, other.size_);
  return *this;
}

NpyFile::~NpyFile() { unmap(); }

void NpyFile::unmap() noexcept {
  if (memory_ != nullptr) ::munmap(const_cast<std::byte*>(memory_), size_);
  memory_ = nullptr;
}

}  // namespace wend
