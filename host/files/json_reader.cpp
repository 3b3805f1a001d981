#include "host/files/json_reader.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "host/base/printable.hpp"

namespace wend {
namespace {

using Kind = EstimateSpec::Kind;

constexpr std::array<std::pair<std::string_view, Kind>, 5> kKinds = {
    {{"exact", Kind::kExact},
     {"noise", Kind::kNoise},
     {"rounded", Kind::kRounded},
     {"lookahead", Kind::kLookahead},
     {"file", Kind::kFile}}};

// A value as a message shows it.
std::string shown(const nlohmann::json& value) {
  if (value.is_object()) return "an object";
  if (value.is_array()) return "an array";
  if (value.is_string()) return '"' + printable(value.get_ref<const std::string&>()) + '"';
  return value.dump();
}

// Whole numbers are integers however they are written, but for -0.0.
template <class Integer>
std::optional<Integer> as_integer(const nlohmann::json& value) {
  const auto in_range = [](auto number) -> std::optional<Integer> {
    if (!std::in_range<Integer>(number)) return {};
    return static_cast<Integer>(number);
  };
  if (value.is_number_unsigned()) return in_range(value.get<std::uint64_t>());
  if (value.is_number_integer()) return in_range(value.get<std::int64_t>());
  if (value.is_number_float() && value.get<double>() == 0) return Integer{0};
  return {};
}

// A value as a message shows it that asks for an integer.
std::string shown_for_integer(const nlohmann::json& value) {
  if (!value.is_number_float()) return shown(value);
  const auto number = value.get<double>();
  // Were it what its double says, it would have been kept as an integer.
  const bool rounded = number == std::trunc(number) && number > -0x1p63 && number < 0x1p64;
  return rounded ? "a fraction near " + value.dump() : value.dump();
}

std::string element(std::string_view key, std::size_t i) { return fmt::format("{}[{}]", key, i); }

std::string integer_range(std::int64_t low, std::int64_t high) {
  constexpr auto kLowest = std::numeric_limits<std::int64_t>::min();
  constexpr auto kHighest = std::numeric_limits<std::int64_t>::max();
  if (high == kHighest && low == kLowest) return "an integer";
  if (high == kHighest) return fmt::format("an integer from {} to 2^63 - 1", low);
  return fmt::format("an integer from {} to {}", low, high);
}

std::string number_range(double low, double high) {
  constexpr double kHighest = std::numeric_limits<double>::max();
  if (high >= kHighest && low <= -kHighest) return "a finite number";
  if (high >= kHighest) return fmt::format("a finite number >= {}", low);
  return fmt::format("a number from {} to {}", low, high);
}

}  // namespace

JsonReader::JsonReader(std::filesystem::path file, std::string prefix, const nlohmann::json& object,
                       std::shared_ptr<InputFiles> inputs)
    : file_(std::move(file)),
      prefix_(std::move(prefix)),
      object_(&object),
      inputs_(std::move(inputs)) {
  if (!object.is_object()) refuse("", "must be an object, not " + shown(object));
}

void JsonReader::refuse(std::string_view key, const std::string& reason) const {
  const std::string dot = prefix_.empty() || key.empty() ? "" : ".";
  const std::string path = prefix_ + dot + printable(key);
  throw Error(ErrorKind::kInput, printable(file_.string(), 4096) + ": " +
                                     (path.empty() ? reason : path + ": " + reason));
}

std::string JsonReader::label(std::string_view key) const {
  return fmt::format("{}: {}", printable(file_.string(), 4096), key);
}

void JsonReader::allow_only(std::initializer_list<std::string_view> known) const {
  for (const auto& item : object_->items()) {
    if (std::find(known.begin(), known.end(), item.key()) == known.end()) {
      refuse(item.key(), fmt::format("unknown key; known are {}", fmt::join(known, ", ")));
    }
  }
}

bool JsonReader::has(std::string_view key) const { return object_->contains(key); }

const nlohmann::json& JsonReader::at(std::string_view key) const {
  const auto found = object_->find(key);
  if (found == object_->end()) refuse(key, "missing");
  return *found;
}

const nlohmann::json& JsonReader::array(std::string_view key) const {
  const nlohmann::json& value = at(key);
  if (!value.is_array()) refuse(key, "must be an array, not " + shown(value));
  return value;
}

std::string JsonReader::string(std::string_view key) const {
  const nlohmann::json& value = at(key);
  if (!value.is_string()) refuse(key, "must be a string, not " + shown(value));
  return value.get<std::string>();
}

std::int64_t JsonReader::integer(std::string_view key, std::int64_t low, std::int64_t high) const {
  const nlohmann::json& value = at(key);
  const std::optional<std::int64_t> number = as_integer<std::int64_t>(value);
  if (!number || *number < low || *number > high) {
    refuse(key, "must be " + integer_range(low, high) + ", not " + shown_for_integer(value));
  }
  return *number;
}

double JsonReader::number(std::string_view key, double low, double high) const {
  const nlohmann::json& value = at(key);
  const double number = value.is_number() ? value.get<double>() : std::nan("");
  if (!std::isfinite(number) || number < low || number > high) {
    refuse(key, "must be " + number_range(low, high) + ", not " + shown(value));
  }
  return number;
}

std::vector<std::int64_t> JsonReader::integers(std::string_view key, std::int64_t low,
                                               std::int64_t high) const {
  const nlohmann::json& values = array(key);
  std::vector<std::int64_t> numbers;
  numbers.reserve(values.size());
  for (const nlohmann::json& value : values) {
    const std::optional<std::int64_t> number = as_integer<std::int64_t>(value);
    if (!number || *number < low || *number > high) {
      refuse(element(key, numbers.size()),
             "must be " + integer_range(low, high) + ", not " + shown_for_integer(value));
    }
    numbers.push_back(*number);
  }
  return numbers;
}

std::vector<double> JsonReader::numbers(std::string_view key) const {
  const nlohmann::json& values = array(key);
  std::vector<double> numbers;
  numbers.reserve(values.size());
  for (const nlohmann::json& value : values) {
    if (!value.is_number() || !std::isfinite(value.get<double>())) {
      refuse(element(key, numbers.size()), "must be a finite number, not " + shown(value));
    }
    numbers.push_back(value.get<double>());
  }
  return numbers;
}

std::vector<std::string> JsonReader::strings(std::string_view key) const {
  std::vector<std::string> texts;
  for (const nlohmann::json& value : array(key)) {
    if (!value.is_string()) {
      refuse(element(key, texts.size()), "must be a string, not " + shown(value));
    }
    texts.push_back(value.get<std::string>());
  }
  return texts;
}

JsonReader JsonReader::object(std::string_view key) const {
  return {file_, prefix_.empty() ? std::string(key) : fmt::format("{}.{}", prefix_, key), at(key),
          inputs_};
}

std::filesystem::path JsonReader::file(std::string_view key) const {
  const std::string name = string(key);
  if (name.empty()) refuse(key, "must name a file, not be empty");
  if (name.find('\0') != std::string::npos) refuse(key, "must be a path, without NUL characters");
  std::filesystem::path path = file_.parent_path() / name;
  const auto refuse_file = [&](const std::string& reason) {
    refuse(key, printable(path.string(), 4096) + ": " + reason);
  };
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) refuse_file("no such file");
  if (error) refuse_file("cannot read: " + error.message());
  if (!std::filesystem::is_regular_file(status)) refuse_file("not a regular file");
  if (::access(path.c_str(), R_OK) != 0) {
    refuse_file("cannot read: " + std::generic_category().message(errno));
  }
  inputs_->add(path);
  return path;
}

NpyFile JsonReader::array_file(std::string_view key) const {
  if (!at(key).is_object()) return {file(key), label(key)};
  const JsonReader reader = object(key);
  reader.allow_only({"array"});
  const std::string name = reader.string("array");
  const InstanceArray* array = inputs_->array(name);
  if (array == nullptr)
    reader.refuse("array", "there is no array \"" + printable(name) + "\" beside this document");
  return {*array, label(key)};
}

EstimateSpec JsonReader::estimate(std::initializer_list<Kind> kinds) const {
  const JsonReader reader = object("estimate");
  const std::string name = reader.string("kind");
  std::vector<std::string_view> allowed;
  const auto* found = kKinds.end();
  for (const auto& known : kKinds) {
    if (std::find(kinds.begin(), kinds.end(), known.second) == kinds.end()) continue;
    allowed.push_back(known.first);
    if (known.first == name) found = &known;
  }
  if (found == kKinds.end()) {
    reader.refuse("kind", fmt::format("must be one of {}, not \"{}\"", fmt::join(allowed, ", "),
                                      printable(name)));
  }
  constexpr double kHighest = std::numeric_limits<double>::max();
  EstimateSpec spec;
  spec.kind = found->second;
  switch (spec.kind) {
    case Kind::kExact:
      reader.allow_only({"kind"});
      break;
    case Kind::kNoise: {
      reader.allow_only({"kind", "model", "kappa", "seed"});
      const std::string model = reader.string("model");
      if (model != "iid" && model != "sign") {
        reader.refuse("model", "must be iid or sign, not \"" + printable(model) + '"');
      }
      spec.model = model == "iid" ? EstimateSpec::Model::kIid : EstimateSpec::Model::kSign;
      // Masses times a larger factor would leave the range of doubles.
      spec.kappa = reader.number("kappa", 1.0, 1e100);
      const nlohmann::json& value = reader.at("seed");
      const std::optional<std::uint64_t> seed = as_integer<std::uint64_t>(value);
      if (!seed)
        reader.refuse("seed",
                      "must be an integer from 0 to 2^64 - 1, not " + shown_for_integer(value));
      spec.seed = *seed;
      break;
    }
    case Kind::kRounded:
      reader.allow_only({"kind", "kappa"});
      spec.kappa = reader.number("kappa", 1.0, kHighest);
      if (spec.kappa <= 1.0) reader.refuse("kappa", "must be greater than 1");
      break;
    case Kind::kLookahead:
      reader.allow_only({"kind", "depth"});
      spec.depth = static_cast<std::uint32_t>(
          reader.integer("depth", 1, std::numeric_limits<std::uint32_t>::max()));
      break;
    case Kind::kFile:
      reader.allow_only({"kind", "path", "kappa"});
      static_cast<void>(reader.at("path"));
      spec.kappa = reader.has("kappa") ? reader.number("kappa", 1.0, kHighest) : 0.0;
      break;
  }
  return spec;
}

}  // namespace wend
