#include "host/files/safetensors.hpp"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "host/base/printable.hpp"
#include "host/files/instance_json.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

static_assert(std::endian::native == std::endian::little, "tensors are used in place");

constexpr const char* kSingle = "model.safetensors";
constexpr const char* kIndex = "model.safetensors.index.json";

template <class Bits, class Convert>
void convert(const std::byte* from, std::span<float> out, const Convert& to_float) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    Bits bits;
    std::memcpy(&bits, from + i * sizeof bits, sizeof bits);
    out[i] = to_float(bits);
  }
}

}  // namespace

float float_of_half(std::uint16_t half) {
  const std::uint32_t sign = (half & 0x8000U) << 16U;
  const std::uint32_t exponent = (half >> 10U) & 0x1FU;
  const std::uint32_t mantissa = half & 0x3FFU;
  if (exponent == 0) {  // subnormal: mantissa 2^-24, exact
    const float magnitude = static_cast<float>(mantissa) * 0x1p-24F;
    return sign != 0 ? -magnitude : magnitude;
  }
  const std::uint32_t wide = exponent == 0x1FU ? 0xFFU : exponent + (127 - 15);
  return std::bit_cast<float>(sign | (wide << 23U) | (mantissa << 13U));
}

Safetensors::Safetensors(const std::filesystem::path& path, InputFiles& inputs) : path_(path) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(path, ignored)) {
    open(path, inputs);
    return;
  }
  if (std::filesystem::exists(path / kSingle, ignored)) {
    path_ = path / kSingle;
    open(path_, inputs);
  } else if (std::filesystem::exists(path / kIndex, ignored)) {
    path_ = path / kIndex;
    open_index(path_, inputs);
  } else {
    throw Error(ErrorKind::kInput, fmt::format("{}: has neither {} nor {}",
                                               printable(path.string(), 4096), kSingle, kIndex));
  }
}

void Safetensors::open(const std::filesystem::path& file, InputFiles& inputs) {
  inputs.add(file);
  mapped_.emplace_back(file);
  files_.push_back(file);
  for (auto& [name, entry] : parse_safetensors_header(mapped_.back().bytes(), file))
    tensors_.insert_or_assign(name, Place{std::move(entry), mapped_.size() - 1});
}

void Safetensors::open_index(const std::filesystem::path& index, InputFiles& inputs) {
  const std::string name = printable(index.string(), 4096);
  const auto refuse_index = [&](const std::string& reason) {
    throw Error(ErrorKind::kInput, name + ": " + reason);
  };
  inputs.add(index);
  const nlohmann::json document = read_json(index);
  const bool has_map =
      document.is_object() && document.contains("weight_map") && document["weight_map"].is_object();
  if (!has_map) refuse_index("weight_map: must be an object, from tensors to files");
  std::map<std::string, std::map<std::string, Place>> by_file;
  for (const auto& [tensor, file] : document["weight_map"].items()) {
    const std::string shown = "weight_map: " + printable(tensor, 200) + ": ";
    if (!file.is_string()) refuse_index(shown + "must be a file's name");
    const auto plain = file.get<std::string>();
    if (plain.empty() || plain.find('/') != std::string::npos || plain == "." || plain == "..")
      refuse_index(shown + "\"" + printable(plain) + "\" is not the name of a file beside it");
    if (!by_file.contains(plain)) {
      tensors_.clear();
      open(index.parent_path() / plain, inputs);
      by_file[plain] = std::move(tensors_);
    }
    if (!by_file[plain].contains(tensor)) refuse_index(shown + "is not in " + printable(plain));
  }
  tensors_.clear();
  for (const auto& [tensor, file] : document["weight_map"].items())
    tensors_.emplace(tensor, by_file.at(file.get<std::string>()).at(tensor));
}

const Safetensors::Place& Safetensors::place(const std::string& tensor) const {
  const auto found = tensors_.find(tensor);
  if (found == tensors_.end())
    throw Error(ErrorKind::kInput, fmt::format("{}: {}: missing", printable(path_.string(), 4096),
                                               printable(tensor, 200)));
  return found->second;
}

void Safetensors::refuse(const std::string& tensor, const std::string& reason) const {
  throw Error(ErrorKind::kInput,
              fmt::format("{}: {}: {}", printable(files_[place(tensor).file].string(), 4096),
                          printable(tensor, 200), reason));
}

const TensorEntry& Safetensors::entry(const std::string& tensor) const {
  return place(tensor).entry;
}

void Safetensors::expect_shape(const std::string& tensor,
                               std::initializer_list<std::uint64_t> shape) const {
  const TensorEntry& found = entry(tensor);
  if (!std::equal(shape.begin(), shape.end(), found.shape.begin(), found.shape.end()))
    refuse(tensor, fmt::format("its shape is {}, by the configuration it should be {}",
                               shape_text(found.shape), shape_text({shape.begin(), shape.size()})));
}

void Safetensors::read(const std::string& tensor, std::uint64_t first, std::span<float> out) const {
  const Place& from = place(tensor);
  const std::byte* bytes = mapped_[from.file].bytes().data() + from.entry.begin;
  if (from.entry.type == "F32")
    convert<std::uint32_t>(bytes + first * 4, out,
                           [](std::uint32_t bits) { return std::bit_cast<float>(bits); });
  else if (from.entry.type == "BF16")
    convert<std::uint16_t>(bytes + first * 2, out, [](std::uint16_t bits) {
      return std::bit_cast<float>(std::uint32_t{bits} << 16U);
    });
  else if (from.entry.type == "F16")
    convert<std::uint16_t>(bytes + first * 2, out, float_of_half);
  else
    refuse(tensor, "its type is " + from.entry.type + "; F32, F16 and BF16 are read");
  for (std::size_t i = 0; i < out.size(); ++i)
    if (!std::isfinite(out[i])) refuse(tensor, fmt::format("element {} is {}", first + i, out[i]));
}

std::vector<float> Safetensors::read_all(const std::string& tensor,
                                         std::initializer_list<std::uint64_t> shape) const {
  expect_shape(tensor, shape);
  std::vector<float> values(entry(tensor).count);
  read(tensor, 0, values);
  return values;
}

}  // namespace wend
