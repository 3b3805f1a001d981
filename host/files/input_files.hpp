#pragma once

#include <sys/types.h>

#include <cstddef>
#include <ctime>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "host/files/digest.hpp"
#include "wend/instance.hpp"

namespace wend {

/// The files that an instance is read from, in the order in which they were met. All of them are
/// read whole while the instance is loaded, so that nothing that happens to them later matters;
/// what happens to them meanwhile is noticed.
class InputFiles {
 public:
  /// Notes a file before it is read for the first time. One that is not there is left to whoever
  /// reads it.
  void add(const std::filesystem::path& file);

  /// Notes bytes of a document in memory; before all files.
  void add_bytes(std::string_view bytes) { digest_.add(bytes); }
  /// Arrays that the document refers to by their names, which stay where they are for as long as
  /// this lasts. They are inputs, as its bytes are.
  void add_arrays(const std::map<std::string, InstanceArray>& arrays);
  /// Null if there is none of that name.
  [[nodiscard]] const InstanceArray* array(const std::string& name) const;

  [[nodiscard]] const std::vector<std::filesystem::path>& paths() const { return paths_; }

  /// The 64-bit FNV-1a hash of the files' bytes, one after the other, as 16 hex digits. Call when
  /// those that have been added have been read; it reads them again, once. Throws Error(kInput) for
  /// one that cannot be read, Error(kRuntime) "FILE: reason" for one that is not what it was when
  /// it was added.
  [[nodiscard]] std::string digest();

 private:
  struct Identity {
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = 0;
    std::timespec modified = {};
    bool operator==(const Identity& other) const;
  };
  static Identity identity_of(const std::filesystem::path& file);
  void check(std::size_t i) const;

  std::vector<std::filesystem::path> paths_;
  std::vector<Identity> identities_;
  const std::map<std::string, InstanceArray>* arrays_ = nullptr;
  std::size_t digested_ = 0;  // files that digest_ has
  Digest digest_;
};

}  // namespace wend
