#include "host/files/npz_writer.hpp"

#include <zip.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <functional>
#include <memory>
#include <numeric>
#include <span>
#include <utility>

#include "wend/error.hpp"

namespace wend {
namespace {

constexpr zip_uint16_t kFirstDay = 0x0021;  // 1980-01-01, the first that a zip archive can hold

// libzip calls back through C, where exceptions must not pass: the first waits here.
struct Failure {
  std::exception_ptr exception;
  zip_error_t code{};

  Failure() { zip_error_init(&code); }

  // Runs `action`, whose result is libzip's; -1 if it throws.
  template <class Action>
  zip_int64_t guard(Action&& action) {
    try {
      return action();
    } catch (...) {
      if (!exception) exception = std::current_exception();
      zip_error_set(&code, ZIP_ER_INTERNAL, 0);
      return -1;
    }
  }
};

zip_int64_t report(zip_error_t& code, void* data, zip_uint64_t size) {
  return zip_error_to_data(&code, data, size);
}

zip_int64_t answer_stat(void* data, zip_uint64_t size) {
  auto* stat = static_cast<zip_stat_t*>(data);
  zip_stat_init(stat);
  stat->size = size;
  stat->valid = ZIP_STAT_SIZE;  // lets libzip choose between the 32-bit and the 64-bit form
  return sizeof *stat;
}

// One .npy file within the archive, as libzip reads it.
struct Entry {
  std::string header;
  ByteSource source;
  std::uint64_t size = 0;
  std::uint64_t position = 0;
  Failure failure;

  zip_int64_t read(std::span<std::byte> bytes) {
    const std::size_t wanted = std::min<std::uint64_t>(bytes.size(), size - position);
    bytes = bytes.first(wanted);
    if (position < header.size()) {
      const std::size_t count = std::min<std::size_t>(bytes.size(), header.size() - position);
      std::memcpy(bytes.data(), header.data() + position, count);
      bytes = bytes.subspan(count);
    }
    if (!bytes.empty()) source(bytes);
    position += wanted;
    return static_cast<zip_int64_t>(wanted);
  }

  static zip_int64_t callback(void* self, void* data, zip_uint64_t size, zip_source_cmd_t command) {
    Entry& entry = *static_cast<Entry*>(self);
    switch (command) {
      case ZIP_SOURCE_OPEN:
        return entry.position == 0 ? 0 : -1;  // it can be read only once
      case ZIP_SOURCE_READ:
        return entry.failure.guard([&] {
          return entry.read({static_cast<std::byte*>(data), size});
        });
      case ZIP_SOURCE_STAT:
        return answer_stat(data, entry.size);
      case ZIP_SOURCE_ERROR:
        return report(entry.failure.code, data, size);
      case ZIP_SOURCE_SUPPORTS:
        return ZIP_SOURCE_SUPPORTS_READABLE;
      default:
        return 0;
    }
  }
};

// The archive, as libzip writes it: into our own file, since libzip's would be left behind by a
// process that is killed.
struct Archive {
  OutputFile& file;
  zip_int64_t position = 0;
  Failure failure;

  static zip_int64_t callback(void* self, void* data, zip_uint64_t size, zip_source_cmd_t command) {
    Archive& archive = *static_cast<Archive*>(self);
    switch (command) {
      case ZIP_SOURCE_STAT:
        return answer_stat(data, archive.file.size());
      case ZIP_SOURCE_WRITE:
        return archive.failure.guard([&] {
          archive.file.write_at({static_cast<const std::byte*>(data), size},
                                static_cast<std::uint64_t>(archive.position));
          archive.position += static_cast<zip_int64_t>(size);
          return static_cast<zip_int64_t>(size);
        });
      case ZIP_SOURCE_SEEK_WRITE: {
        const zip_int64_t position =
            zip_source_seek_compute_offset(static_cast<zip_uint64_t>(archive.position),
                                           archive.file.size(), data, size, &archive.failure.code);
        if (position < 0) return -1;
        archive.position = position;
        return 0;
      }
      case ZIP_SOURCE_TELL_WRITE:
        return archive.position;
      case ZIP_SOURCE_ERROR:
        return report(archive.failure.code, data, size);
      case ZIP_SOURCE_SUPPORTS:
        return ZIP_SOURCE_SUPPORTS_WRITABLE;
      default:
        return 0;  // there is nothing to read; committing is the caller's
    }
  }
};

struct Discard {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};

// False, with the reason in `zip`, if libzip refuses.
bool add_entry(zip_t* zip, const std::string& name, Entry& entry) {
  zip_source_t* source = zip_source_function(zip, &Entry::callback, &entry);
  if (source == nullptr) return false;
  const zip_int64_t index = zip_file_add(zip, name.c_str(), source, ZIP_FL_ENC_GUESS);
  if (index < 0) {
    zip_source_free(source);
    return false;
  }
  const auto at = static_cast<zip_uint64_t>(index);
  return zip_set_file_compression(zip, at, ZIP_CM_STORE, 0) == 0 &&
         zip_file_set_dostime(zip, at, 0, kFirstDay, 0) == 0;
}

}  // namespace

void write_npz(OutputFile& file, std::vector<NpzArray> arrays) {
  std::vector<Entry> entries(arrays.size());  // both outlive the archive, which points to them
  Archive target{file, 0, {}};
  const auto fail = [&](const char* reason) {
    throw Error(ErrorKind::kRuntime, file.name() + ": cannot write: " + reason);
  };

  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_function_create(&Archive::callback, &target, &error);
  if (source == nullptr) fail(zip_error_strerror(&error));
  std::unique_ptr<zip_t, Discard> zip(
      zip_open_from_source(source, ZIP_CREATE | ZIP_TRUNCATE, &error));
  if (!zip) {
    zip_source_free(source);
    fail(zip_error_strerror(&error));
  }
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    const std::uint64_t count = std::accumulate(arrays[i].shape.begin(), arrays[i].shape.end(),
                                                std::uint64_t{1}, std::multiplies<>());
    entries[i].header = npy_header(arrays[i].type, arrays[i].shape);
    entries[i].source = std::move(arrays[i].source);
    entries[i].size = entries[i].header.size() + count * item_bytes(arrays[i].type);
    if (!add_entry(zip.get(), arrays[i].name + ".npy", entries[i])) fail(zip_strerror(zip.get()));
  }
  if (zip_close(zip.get()) == 0) {
    static_cast<void>(zip.release());
    return;
  }
  for (const Entry& entry : entries) {
    if (entry.failure.exception) std::rethrow_exception(entry.failure.exception);
  }
  if (target.failure.exception) std::rethrow_exception(target.failure.exception);
  fail(zip_strerror(zip.get()));
}

}  // namespace wend
