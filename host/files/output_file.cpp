#include "host/files/output_file.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <vector>

#include "host/base/console.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

std::filesystem::path folder_for(const OutputTarget& target) {
  if (!target.file.empty()) return folder_of(target.file);
  std::error_code error;
  const std::filesystem::path folder = std::filesystem::temp_directory_path(error);
  return error ? std::filesystem::path("/tmp") : folder;
}

}  // namespace

OutputFile::OutputFile(const std::filesystem::path& path, TemporaryFile::Naming naming)
    : target_(find_output_target(path)),
      file_(target_.name, folder_for(target_), TemporaryFile::Use::kOutput, naming,
            // Of a stream, or until it has the mode of the file that it replaces: the user's own.
            target_.was ? 0600 : 0666) {
  if (target_.was && target_.descriptor < 0) file_.take_permissions(target_.file, *target_.was);
}

OutputFile::~OutputFile() {
  if (target_.descriptor >= 0) ::close(target_.descriptor);
}

void OutputFile::write(std::span<const std::byte> bytes) { write_at(bytes, size_); }

void OutputFile::write(std::string_view text) { write(std::as_bytes(std::span(text))); }

void OutputFile::write_at(std::span<const std::byte> bytes, std::uint64_t offset) {
  file_.write_at(bytes, offset);
  size_ = std::max(size_, offset + bytes.size());
}

std::filesystem::path OutputFile::folder() const { return folder_for(target_); }

void OutputFile::commit() {
  if (target_.descriptor < 0) {
    file_.rename_to(target_.file);
  } else {
    copy_to_stream();
  }
}

void OutputFile::copy_to_stream() {
  std::vector<char> block(1U << 20U);
  for (std::uint64_t done = 0; done < size_;) {
    const std::uint64_t count = std::min<std::uint64_t>(block.size(), size_ - done);
    file_.read_at(std::as_writable_bytes(std::span(block.data(), count)), done);
    const int error = write_text(target_.descriptor, {block.data(), count});
    if (error == EPIPE)
      throw Error(ErrorKind::kRuntime,
                  target_.name + ": cannot write: " + std::generic_category().message(error));
    if (error != 0) file_.fail_and_keep(error);
    done += count;
  }
}

}  // namespace wend
