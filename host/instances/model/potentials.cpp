#include "host/instances/model/potentials.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <string_view>

#include "host/base/error_reason.hpp"
#include "host/base/printable.hpp"
#include "host/instances/neural/model.hpp"
#include "host/oracles/joint_constraints.hpp"
#include "host/oracles/neural/value_network.hpp"
#include "wend/automaton.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

using Patterns = std::vector<std::vector<std::uint32_t>>;

Patterns byte_patterns(const JsonReader& json, std::string_view key) {
  Patterns patterns;
  for (const std::string& text : json.strings(key)) {
    auto& pattern = patterns.emplace_back();
    for (const char byte : text) pattern.push_back(static_cast<unsigned char>(byte));
  }
  return patterns;
}

Patterns symbol_patterns(const JsonReader& json, std::string_view key, const SequenceShape& shape) {
  const nlohmann::json& lists = json.at(key);
  if (!lists.is_array()) json.refuse(key, "must be a list of lists of symbols");
  Patterns patterns;
  for (const nlohmann::json& list : lists) {
    if (!list.is_array()) json.refuse(key, "must be a list of lists of symbols");
    auto& pattern = patterns.emplace_back();
    for (const nlohmann::json& symbol : list) {
      if (!symbol.is_number_unsigned() || symbol.get<std::uint64_t>() >= shape.alphabet)
        json.refuse(key, fmt::format("symbols must be integers from 0 to {}", shape.alphabet - 1));
      pattern.push_back(symbol.get<std::uint32_t>());
      if (std::ranges::find(shape.end, pattern.back()) != shape.end.end())
        json.refuse(key,
                    fmt::format("{} is an end symbol, which no pattern can have", pattern.back()));
    }
  }
  return patterns;
}

Patterns load_patterns(const JsonReader& json, std::string_view key, const SequenceShape& shape) {
  if (!json.has(key)) return {};
  Patterns patterns =
      shape.symbol_bytes.empty() ? symbol_patterns(json, key, shape) : byte_patterns(json, key);
  if (std::ranges::any_of(patterns, [](const auto& pattern) { return pattern.empty(); }))
    json.refuse(key, "a pattern is empty");
  return patterns;
}

std::shared_ptr<Potential> load_substrings(const JsonReader& json, const SequenceShape& shape) {
  json.allow_only({"kind", "forbid", "require"});
  const Patterns forbid = load_patterns(json, "forbid", shape);
  const Patterns require = load_patterns(json, "require", shape);
  if (forbid.empty() && require.empty()) json.refuse("forbid", "give forbid or require, or both");
  const std::uint32_t letters = shape.symbol_bytes.empty() ? shape.alphabet : 256;
  return make_automaton_potential(substring_automaton(letters, forbid, require), shape);
}

std::shared_ptr<Potential> load_regex(const JsonReader& json, const SequenceShape& shape) {
  json.allow_only({"kind", "pattern"});
  const std::string pattern = json.string("pattern");
  if (pattern.empty()) json.refuse("pattern", "is empty");
  if (shape.symbol_bytes.empty())
    json.refuse("pattern", "is for symbols that stand for bytes, which these do not");
  return make_automaton_potential(regular_expression(pattern), shape, "regex");
}

std::shared_ptr<Potential> load_length(const JsonReader& json, const SequenceShape& shape) {
  json.allow_only({"kind", "min", "max"});
  if (shape.end.empty()) json.refuse("", "a length range is for sequences with end symbols");
  const auto bound = [&](const char* key, std::uint32_t otherwise) {
    return json.has(key) ? static_cast<std::uint32_t>(json.integer(key, 0, shape.horizon))
                         : otherwise;
  };
  const std::uint32_t least = bound("min", 0);
  const std::uint32_t most = bound("max", shape.horizon);
  if (least > most) json.refuse("max", fmt::format("{} is less than min, {}", most, least));
  return make_length_potential(shape, least, most);
}

std::shared_ptr<Potential> load_network(const JsonReader& json, const SequenceShape& shape) {
  json.allow_only({"kind", "model", "architecture"});
  return make_value_network(load_value_model(json, shape.alphabet), "network", shape.alphabet,
                            shape.horizon, true);
}

std::shared_ptr<Potential> load_one(const JsonReader& json, const SequenceShape& shape) {
  const std::string kind = json.string("kind");
  try {
    if (kind == "automaton") return load_substrings(json, shape);
    if (kind == "regex") return load_regex(json, shape);
    if (kind == "length") return load_length(json, shape);
    if (kind == "network") return load_network(json, shape);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kUsage) throw;
    // The field may be a key's name.
    json.refuse(json.has(error.field()) ? std::string_view(error.field()) : "", reason_of(error));
  }
  json.refuse("kind", "\"" + printable(kind) +
                          "\" is not one of \"automaton\", \"regex\", \"length\", \"network\"");
}

}  // namespace

std::vector<std::shared_ptr<Potential>> load_potentials(
    const JsonReader& json, std::uint32_t alphabet, std::uint32_t horizon,
    const std::vector<std::uint32_t>& end, const std::vector<std::string>& symbol_bytes) {
  std::vector<std::shared_ptr<Potential>> potentials;
  if (!json.has("potentials")) return potentials;
  const nlohmann::json& list = json.at("potentials");
  if (!list.is_array()) json.refuse("potentials", "must be a list of objects");
  const SequenceShape shape{alphabet, horizon, end, symbol_bytes};
  for (std::size_t i = 0; i < list.size(); ++i)
    potentials.push_back(load_one(
        JsonReader(json.path(), fmt::format("potentials[{}]", i), list[i], json.inputs()), shape));
  try {
    check_joint_constraints(potentials, alphabet, horizon, end);
  } catch (const Error& error) {
    json.refuse(error.field(), reason_of(error));
  }
  return potentials;
}

}  // namespace wend
