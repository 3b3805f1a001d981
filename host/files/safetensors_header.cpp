#include "host/files/safetensors_header.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>

#include "host/base/memory_limit.hpp"
#include "host/base/printable.hpp"
#include "host/files/json_parser.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

constexpr std::uint64_t kLengthBytes = 8;
constexpr std::size_t kMaxDimensions = 16;
constexpr std::size_t kSmallHeader = std::size_t{1} << 20U;
constexpr std::string_view kMetadata = "__metadata__";

constexpr std::array<std::pair<std::string_view, std::uint64_t>, 15> kTypes = {{{"F64", 8},
                                                                                {"F32", 4},
                                                                                {"F16", 2},
                                                                                {"BF16", 2},
                                                                                {"F8_E4M3", 1},
                                                                                {"F8_E5M2", 1},
                                                                                {"I64", 8},
                                                                                {"I32", 4},
                                                                                {"I16", 2},
                                                                                {"I8", 1},
                                                                                {"U64", 8},
                                                                                {"U32", 4},
                                                                                {"U16", 2},
                                                                                {"U8", 1},
                                                                                {"BOOL", 1}}};

std::optional<std::uint64_t> bytes_of_type(std::string_view type) {
  const auto* found =
      std::ranges::find(kTypes, type, &std::pair<std::string_view, std::uint64_t>::first);
  if (found == kTypes.end()) return std::nullopt;
  return found->second;
}

class HeaderReader {
 public:
  explicit HeaderReader(const std::filesystem::path& file) : file_(file) {}

  std::map<std::string, TensorEntry> read(std::span<const std::byte> bytes) const {
    const std::string_view text = header_text(bytes);
    // To ask what memory there is takes longer than to read a usual header.
    if (text.size() > kSmallHeader)
      check_memory(parsed_bytes(text), printable(file_.string(), 4096));
    const nlohmann::json header = parse_json(text, file_.string() + ": header");
    if (!header.is_object()) refuse("its header is no JSON object");
    std::map<std::string, TensorEntry> tensors;
    const std::uint64_t data = kLengthBytes + text.size();
    for (const auto& [name, value] : header.items()) {
      if (name == kMetadata) {
        check_metadata(value);
        continue;
      }
      tensors.emplace(name, entry(name, value, data, bytes.size()));
    }
    check_places(tensors, data, bytes.size());
    return tensors;
  }

 private:
  [[noreturn]] void refuse(const std::string& reason) const {
    throw Error(ErrorKind::kInput, printable(file_.string(), 4096) + ": " + reason);
  }
  [[noreturn]] void refuse(const std::string& tensor, const std::string& reason) const {
    refuse(printable(tensor, 200) + ": " + reason);
  }

  [[nodiscard]] std::string_view header_text(std::span<const std::byte> bytes) const {
    if (bytes.size() < kLengthBytes) refuse("it is cut short within its header's length");
    std::uint64_t length = 0;
    for (std::size_t i = 0; i < kLengthBytes; ++i)
      length |= static_cast<std::uint64_t>(bytes[i]) << (8 * i);
    if (length > kMaxSafetensorsHeader)
      refuse(fmt::format("it is no .safetensors file, or its header is longer than {} bytes",
                         kMaxSafetensorsHeader));
    if (length > bytes.size() - kLengthBytes) refuse("it is cut short within its header");
    // Views as characters, which the standard allows of any bytes.
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()) + kLengthBytes, length);
    if (!text.starts_with('{')) refuse("it is no .safetensors file: its header is no JSON object");
    return text;
  }

  void check_metadata(const nlohmann::json& value) const {
    const bool fits = value.is_object() &&
                      std::ranges::all_of(value, [](const auto& text) { return text.is_string(); });
    if (!fits) refuse(std::string(kMetadata), "must be an object of strings");
  }

  [[nodiscard]] TensorEntry entry(const std::string& name, const nlohmann::json& value,
                                  std::uint64_t data, std::uint64_t size) const {
    const bool fits = value.is_object() && value.size() == 3 && value.contains("dtype") &&
                      value.contains("shape") && value.contains("data_offsets");
    if (!fits) refuse(name, "must have dtype, shape and data_offsets, and no more");
    TensorEntry tensor;
    if (!value["dtype"].is_string()) refuse(name, "dtype must be a string");
    tensor.type = value["dtype"].get<std::string>();
    const std::optional<std::uint64_t> item = bytes_of_type(tensor.type);
    if (!item) refuse(name, "its type \"" + printable(tensor.type) + "\" is unknown");
    tensor.shape = whole_numbers(name, value["shape"], "shape");
    if (tensor.shape.size() > kMaxDimensions)
      refuse(name, fmt::format("it has more than {} dimensions", kMaxDimensions));
    std::uint64_t needed = *item;
    for (const std::uint64_t extent : tensor.shape)
      if (__builtin_mul_overflow(tensor.count, extent, &tensor.count) ||
          __builtin_mul_overflow(tensor.count, *item, &needed))
        refuse(name, "the sizes of its shape overflow");
    const std::vector<std::uint64_t> offsets =
        whole_numbers(name, value["data_offsets"], "data_offsets");
    if (offsets.size() != 2 || offsets[0] > offsets[1])
      refuse(name, "data_offsets must be where its bytes begin and end");
    if (offsets[1] > size - data)
      refuse(name, fmt::format("its bytes end at {}, the file's data at {}: it is cut short",
                               offsets[1], size - data));
    tensor.bytes = offsets[1] - offsets[0];
    if (tensor.bytes != needed)
      refuse(name, fmt::format("{} elements of type {} are {} bytes, data_offsets have {}",
                               tensor.count, tensor.type, needed, tensor.bytes));
    tensor.begin = data + offsets[0];
    return tensor;
  }

  [[nodiscard]] std::vector<std::uint64_t> whole_numbers(const std::string& name,
                                                         const nlohmann::json& values,
                                                         const char* key) const {
    const bool fits = values.is_array() && std::ranges::all_of(values, [](const auto& v) {
                        return v.is_number_unsigned();
                      });
    if (!fits) refuse(name, std::string(key) + " must be a list of whole numbers below 2^64");
    return values.get<std::vector<std::uint64_t>>();
  }

  void check_places(const std::map<std::string, TensorEntry>& tensors, std::uint64_t data,
                    std::uint64_t size) const {
    std::vector<const std::pair<const std::string, TensorEntry>*> in_order;
    in_order.reserve(tensors.size());
    for (const auto& tensor : tensors) in_order.push_back(&tensor);
    std::ranges::sort(in_order, {}, [](const auto* tensor) {
      return std::pair(tensor->second.begin, tensor->second.bytes);
    });
    std::uint64_t end = data;
    for (const auto* tensor : in_order) {
      const TensorEntry& entry = tensor->second;
      if (entry.begin < end) refuse(tensor->first, "its bytes are another tensor's too");
      if (entry.begin > end)
        refuse(tensor->first,
               fmt::format("there are {} bytes before it that no tensor has", entry.begin - end));
      end += entry.bytes;
    }
    if (end != size) refuse(fmt::format("it has {} trailing bytes, of no tensor", size - end));
  }

  const std::filesystem::path& file_;
};

}  // namespace

std::map<std::string, TensorEntry> parse_safetensors_header(std::span<const std::byte> bytes,
                                                            const std::filesystem::path& file) {
  return HeaderReader(file).read(bytes);
}

std::string shape_text(std::span<const std::uint64_t> shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

}  // namespace wend
