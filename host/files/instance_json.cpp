#include "host/files/instance_json.hpp"

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>

#include "host/base/memory_limit.hpp"
#include "host/base/printable.hpp"
#include "host/files/json_parser.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 30U;

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& reason) {
  throw Error(ErrorKind::kInput, printable(file.string(), 4096) + ": " + reason);
}

std::string read_text(const std::filesystem::path& file) {
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  if (!std::filesystem::exists(status)) refuse(file, "cannot read: no such file");
  if (!std::filesystem::is_regular_file(status)) refuse(file, "cannot read: not a regular file");
  const std::uint64_t bytes = std::filesystem::file_size(file, error);
  if (error) refuse(file, "cannot read: " + error.message());
  if (bytes > kMaxBytes) refuse(file, "larger than 1 GiB; keep large arrays in .npy files");
  check_memory(bytes, printable(file.string(), 4096));
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream(std::fopen(file.c_str(), "rbe"),
                                                               &std::fclose);
  if (stream == nullptr) {
    refuse(file, "cannot read: " + std::generic_category().message(errno));
  }
  std::string text(static_cast<std::size_t>(bytes), '\0');
  if (std::fread(text.data(), 1, text.size(), stream.get()) != text.size() ||
      std::fgetc(stream.get()) != EOF || std::ferror(stream.get()) != 0)
    refuse(file, "cannot read to its end, or changed meanwhile");
  return text;
}

nlohmann::json parse_checked(const std::string& text, const std::filesystem::path& file) {
  check_memory(parsed_bytes(text), printable(file.string(), 4096));
  return parse_json(text, file);
}

}  // namespace

nlohmann::json read_json(const std::filesystem::path& file) {
  return parse_checked(read_text(file), file);
}

nlohmann::json read_instance_json(const std::filesystem::path& file) {
  return parse_instance_json(read_text(file), file);
}

nlohmann::json parse_instance_json(const std::string& text, const std::filesystem::path& name) {
  nlohmann::json instance = parse_checked(text, name);
  if (!instance.is_object()) refuse(name, "not a JSON object");
  const auto version = instance.find("wend");
  if (version == instance.end()) refuse(name, "wend: missing; it must be 1");
  if (!version->is_number_integer() || *version != 1) {
    refuse(name, "wend: must be 1, the version of the format");
  }
  return instance;
}

}  // namespace wend
