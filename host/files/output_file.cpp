#include "host/files/output_file.hpp"

#include <unistd.h>

#include <algorithm>
#include <string>
#include <system_error>

#include "wend/error.hpp"

namespace wend {
namespace {

// Where a chain of symbolic links ends, even if there is no file yet.
std::filesystem::path followed(std::filesystem::path path) {
  constexpr int kMostLinks = 40;  // as many as Linux follows
  std::error_code ignored;
  for (int i = 0; i < kMostLinks && std::filesystem::is_symlink(path, ignored); ++i) {
    path = path.parent_path() / std::filesystem::read_symlink(path, ignored);
  }
  return path;
}

std::filesystem::path resolved(const std::filesystem::path& path) {
  std::error_code error;
  // Relative paths of which no part exists stay relative in weakly_canonical.
  const std::filesystem::path whole = std::filesystem::absolute(followed(path), error);
  const std::filesystem::path target = std::filesystem::weakly_canonical(whole, error);
  return error ? whole.lexically_normal() : target;
}

std::filesystem::path checked_target(const std::filesystem::path& path) {
  const auto refuse = [&](const std::string& reason) {
    throw Error(ErrorKind::kRuntime, path.string() + ": " + reason);
  };
  if (!path.has_filename()) refuse("cannot write: names a folder, not a file");
  std::filesystem::path target = followed(path);
  std::error_code error;
  const auto status = std::filesystem::status(target, error);
  if (std::filesystem::exists(status)) {
    if (!std::filesystem::is_regular_file(status)) refuse("cannot write: not a regular file");
    if (::access(target.c_str(), W_OK) != 0) refuse("cannot write: the file is read-only");
  }
  return target;
}

}  // namespace

bool same_file(const std::filesystem::path& a, const std::filesystem::path& b) {
  std::error_code not_there;
  return std::filesystem::equivalent(a, b, not_there) || resolved(a) == resolved(b);
}

OutputFile::OutputFile(const std::filesystem::path& path, TemporaryFile::Naming naming)
    : target_(checked_target(path)), file_(target_, TemporaryFile::Use::kOutput, naming) {}

void OutputFile::write(std::span<const std::byte> bytes) { write_at(bytes, size_); }

void OutputFile::write(std::string_view text) { write(std::as_bytes(std::span(text))); }

void OutputFile::write_at(std::span<const std::byte> bytes, std::uint64_t offset) {
  file_.write_at(bytes, offset);
  size_ = std::max(size_, offset + bytes.size());
}

}  // namespace wend
