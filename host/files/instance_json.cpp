#include "host/files/instance_json.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <system_error>
#include <vector>

#include "host/base/memory_limit.hpp"
#include "host/base/printable.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

using Event = nlohmann::json::parse_event_t;

constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 30U;
constexpr std::size_t kMaxNesting = 64;
// The parser's worst case, an array of one-digit numbers: 16 bytes a value for every 2 of the
// file, three times over while the array grows.
constexpr std::uint64_t kParsedBytes = 24;

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& reason) {
  throw Error(ErrorKind::kInput, printable(file.string(), 4096) + ": " + reason);
}

// What the JSON parser itself lets through.
class StructureCheck {
 public:
  explicit StructureCheck(const std::filesystem::path& file) : file_(file) {}

  bool operator()(int /*depth*/, Event event, nlohmann::json& value) {
    if (event == Event::object_start || event == Event::array_start) {
      keys_.emplace_back();
      if (keys_.size() > kMaxNesting) {
        refuse(file_, fmt::format("nested deeper than {} levels", kMaxNesting));
      }
    } else if (event == Event::object_end || event == Event::array_end) {
      keys_.pop_back();
    } else if (event == Event::key) {
      const auto& key = value.get_ref<const std::string&>();
      if (!keys_.back().insert(key).second) refuse(file_, printable(key) + ": appears twice");
    }
    return true;
  }

 private:
  const std::filesystem::path& file_;
  std::vector<std::set<std::string>> keys_;  // of the objects that are open; none for an array
};

// "[json.exception.parse_error.101] parse error at line 3, column 5: syntax error while parsing
// value - invalid literal; last read: 'nan'; expected ..." is too long by its ends and the middle,
// which may be as long as the file.
std::string syntax_error(std::string message) {
  for (const std::string_view prefix : {"] ", "parse error at "}) {
    const std::size_t begin = message.find(prefix);
    if (begin != std::string::npos) message.erase(0, begin + prefix.size());
  }
  const std::size_t quote = message.find("; last read: '");
  if (quote != std::string::npos) {
    message.erase(quote, message.rfind('\'') + 1 - quote);
  }
  return printable(message, 200);
}

std::unique_ptr<std::FILE, int (*)(std::FILE*)> open(const std::filesystem::path& file) {
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  if (!std::filesystem::exists(status)) refuse(file, "cannot read: no such file");
  if (!std::filesystem::is_regular_file(status)) refuse(file, "cannot read: not a regular file");
  const std::uint64_t bytes = std::filesystem::file_size(file, error);
  if (error) refuse(file, "cannot read: " + error.message());
  if (bytes > kMaxBytes) refuse(file, "larger than 1 GiB; keep large arrays in .npy files");
  check_memory(kParsedBytes * bytes, printable(file.string(), 4096));
  std::FILE* stream = std::fopen(file.c_str(), "rbe");
  if (stream == nullptr) {
    refuse(file, "cannot read: " + std::generic_category().message(errno));
  }
  return {stream, &std::fclose};
}

}  // namespace

nlohmann::json read_instance_json(const std::filesystem::path& file) {
  const auto stream = open(file);
  nlohmann::json instance;
  try {
    instance = nlohmann::json::parse(stream.get(), StructureCheck(file));
  } catch (const nlohmann::json::exception& error) {
    refuse(file, syntax_error(error.what()));
  }
  if (std::ferror(stream.get()) != 0) refuse(file, "cannot read to its end");
  if (!instance.is_object()) refuse(file, "not a JSON object");
  const auto version = instance.find("wend");
  if (version == instance.end()) refuse(file, "wend: missing; it must be 1");
  if (!version->is_number_integer() || *version != 1) {
    refuse(file, "wend: must be 1, the version of the format");
  }
  return instance;
}

}  // namespace wend
