#include "host/files/input_files.hpp"

#include <sys/stat.h>

#include <fstream>
#include <string_view>

#include "host/base/printable.hpp"
#include "host/files/npy.hpp"
#include "wend/error.hpp"

namespace wend {

bool InputFiles::Identity::operator==(const Identity& other) const {
  return device == other.device && inode == other.inode && size == other.size &&
         modified.tv_sec == other.modified.tv_sec && modified.tv_nsec == other.modified.tv_nsec;
}

InputFiles::Identity InputFiles::identity_of(const std::filesystem::path& file) {
  struct stat status = {};
  if (::stat(file.c_str(), &status) != 0) return {};
  return {status.st_dev, status.st_ino, status.st_size, status.st_mtim};
}

void InputFiles::add(const std::filesystem::path& file) {
  identities_.push_back(identity_of(file));
  paths_.push_back(file);
}

void InputFiles::add_arrays(const std::map<std::string, InstanceArray>& arrays) {
  arrays_ = &arrays;
  for (const auto& [name, array] : arrays)
    digest_.add({static_cast<const char*>(array.data), bytes_of(array)});
}

const InstanceArray* InputFiles::array(const std::string& name) const {
  if (arrays_ == nullptr) return nullptr;
  const auto found = arrays_->find(name);
  return found == arrays_->end() ? nullptr : &found->second;
}

void InputFiles::check(std::size_t i) const {
  if (identity_of(paths_[i]) != identities_[i])
    throw Error(ErrorKind::kRuntime,
                printable(paths_[i].string(), 4096) + ": was changed while it was read");
}

std::string InputFiles::digest() {
  std::vector<char> buffer(1U << 20U);
  for (; digested_ < paths_.size(); ++digested_) {
    std::ifstream stream(paths_[digested_], std::ios::binary);
    check(digested_);  // before a message that it cannot be read
    if (!stream)
      throw Error(ErrorKind::kInput,
                  printable(paths_[digested_].string(), 4096) + ": cannot be read");
    while (stream) {
      stream.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
      digest_.add(std::string_view(buffer.data(), static_cast<std::size_t>(stream.gcount())));
    }
    check(digested_);
  }
  return digest_.text();
}

}  // namespace wend
