#include "host/files/npy.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>

#include "host/base/memory_limit.hpp"
#include "host/base/printable.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

// An open file that is read from a given place.
class Reader {
 public:
  static constexpr int kEnds = -1;

  // Not blocking: opening a pipe must not wait for its writer.
  explicit Reader(const std::filesystem::path& file)
      : descriptor_(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }
  [[nodiscard]] struct stat status() const {
    struct stat status = {};
    ::fstat(descriptor_, &status);
    return status;
  }
  // Fills `bytes`; 0, an errno, or kEnds where the file ends.
  [[nodiscard]] int read(std::span<std::byte> bytes, std::uint64_t offset) const {
    while (!bytes.empty()) {
      const ssize_t got =
          ::pread(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return got < 0 ? errno : kEnds;
      bytes = bytes.subspan(static_cast<std::size_t>(got));
      offset += static_cast<std::uint64_t>(got);
    }
    return 0;
  }

 private:
  int descriptor_;
};

NpyType type_of(const InstanceArray& array) {
  using Type = InstanceArray::Type;
  switch (array.type) {
    case Type::kF4:
      return NpyType::kF4;
    case Type::kF8:
      return NpyType::kF8;
    case Type::kI1:
      return NpyType::kI1;
    case Type::kI2:
      return NpyType::kI2;
    case Type::kI4:
      return NpyType::kI4;
    case Type::kI8:
      return NpyType::kI8;
    case Type::kU1:
      return NpyType::kU1;
    case Type::kU2:
      return NpyType::kU2;
    case Type::kU4:
      return NpyType::kU4;
    case Type::kU8:
      break;
  }
  return NpyType::kU8;
}

}  // namespace

static_assert(std::endian::native == std::endian::little, ".npy elements are used in place");

NpyFile::NpyFile(const std::filesystem::path& file, const std::string& context) {
  const std::string where = context + ": " + printable(file.string(), 4096);
  const auto refuse = [&](const std::string& reason) {
    throw Error(ErrorKind::kInput, where + ": " + reason);
  };
  const auto check = [&](int error) {
    if (error == Reader::kEnds)
      throw Error(ErrorKind::kRuntime, where + ": was cut while it was read");
    if (error != 0) refuse("cannot read: " + std::generic_category().message(error));
  };
  const Reader reader(file);
  if (!reader.is_open()) check(errno);
  const struct stat status = reader.status();
  if (!S_ISREG(status.st_mode)) refuse("it is not a regular file");
  if (status.st_size == 0) refuse("it is empty");
  const auto size = static_cast<std::uint64_t>(status.st_size);
  std::vector<std::byte> start(std::min(size, kMaxNpyHeader));
  check(reader.read(start, 0));
  try {
    header_ = parse_npy_header(start);
  } catch (const std::invalid_argument& reason) {
    refuse(reason.what());
  }
  const std::uint64_t expected = header_.count * item_bytes(header_.type);
  const std::uint64_t present = size - header_.data_offset;
  const std::string sizes =
      std::to_string(expected) + " bytes of data expected, " + std::to_string(present) + " there";
  if (present < expected) refuse("it is cut short: " + sizes);
  if (present > expected) refuse("it has trailing bytes: " + sizes);
  check_memory(expected, where);
  elements_ = TableMemory<std::byte>(expected);
  check(reader.read({elements_.data(), expected}, header_.data_offset));
}

NpyFile::NpyFile(const InstanceArray& array, const std::string& context) {
  const std::uint64_t bytes = bytes_of(array);
  header_.type = type_of(array);
  header_.shape = array.shape;
  header_.count = bytes / item_bytes(header_.type);
  check_memory(bytes, context);
  elements_ = TableMemory<std::byte>(bytes);
  if (bytes > 0) std::memcpy(elements_.data(), array.data, bytes);
}

std::uint64_t bytes_of(const InstanceArray& array) {
  std::uint64_t bytes = item_bytes(type_of(array));
  for (const std::uint64_t size : array.shape)
    if (__builtin_mul_overflow(bytes, size, &bytes))
      throw Error(ErrorKind::kInput, "an array has more elements than can be numbered");
  return bytes;
}

}  // namespace wend
