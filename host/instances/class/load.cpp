// Reading instance files of kind "class".
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "host/base/printable.hpp"
#include "host/base/utf8.hpp"
#include "host/instances/class/corpora.hpp"
#include "host/instances/class/families.hpp"
#include "host/instances/class/instance.hpp"
#include "host/instances/class/list.hpp"

namespace wend {
namespace {

// Calls visit(holder, name) for every element of an array: `holder` has it under that name.
template <class Visit>
void for_each_element(const JsonReader& json, std::string_view key, std::string_view full_key,
                      const Visit& visit) {
  const nlohmann::json& array = json.at(key);
  if (!array.is_array() || array.empty()) json.refuse(key, "must be an array, and not empty");
  if (array.size() > kMaxMembers) json.refuse(key, "has too many elements");
  for (std::size_t i = 0; i < array.size(); ++i) {
    const std::string name = std::string(full_key) + "[" + std::to_string(i) + "]";
    const nlohmann::json holder = {{name, array[i]}};
    visit(JsonReader(json.path(), "", holder, json.inputs()), name);
  }
}

// An instance that stands under `key`, or whose file does.
std::unique_ptr<Instance> load_named(const JsonReader& json, std::string_view key) {
  if (!json.at(key).is_string()) return load_part(json.object(key));
  const std::filesystem::path file = json.file(key);
  const nlohmann::json document = read_instance_json(file);
  return load_part(JsonReader(file, "", document, json.inputs()));
}

// Symbol 0 ends a word.
std::vector<std::string> names_of(const std::u32string& characters) {
  std::vector<std::string> names{"<end>"};
  for (const char32_t point : characters) names.push_back(encode_utf8(point));
  return names;
}

NgramModel load_base(const JsonReader& json) {
  const auto order = static_cast<std::uint32_t>(json.integer("order", 1, kMaxOrder));
  if (!json.has("corpus")) {
    json.allow_only({"alphabet", "order", "seed"});
    return random_model(static_cast<std::uint32_t>(json.integer("alphabet", 2, 65535)), order,
                        static_cast<std::uint64_t>(json.integer("seed", 0, INT64_MAX)),
                        json.label("family.base"));
  }
  json.allow_only({"corpus", "order", "smoothing"});
  const double smoothing = json.number("smoothing", 0.0, 1e9);
  if (smoothing <= 0) json.refuse("smoothing", "must be greater than 0");
  return corpus_model(json.file("corpus"), order, smoothing, json.label("family.base.corpus"));
}

ClassMembers load_adapters(const JsonReader& json, const FamilySize& size, InstanceFacts& facts) {
  json.allow_only({"kind", "count", "seed", "base", "rank", "scale"});
  const auto rank =
      json.has("rank") ? static_cast<std::uint32_t>(json.integer("rank", 1, 1024)) : 2U;
  const double scale = json.has("scale") ? json.number("scale", 0.0, 1000.0) : 1.0;
  const NgramModel base = load_base(json.object("base"));
  if (base.has_end) facts.symbol_names = names_of(base.characters);
  return adapter_members(base, size, rank, scale, json.label("family"));
}

ClassMembers load_needles(const JsonReader& json, const FamilySize& size) {
  json.allow_only({"kind", "count", "seed", "alphabet", "mass", "depth"});
  const double mass = json.has("mass") ? json.number("mass", 0.0, 1.0) : 0.5;
  if (mass <= 0 || mass >= 1) json.refuse("mass", "must be between 0 and 1");
  std::optional<std::uint32_t> depth;
  if (json.has("depth")) depth = static_cast<std::uint32_t>(json.integer("depth", 1, 64));
  return needle_members(size, depth, mass, json.label("family"));
}

ClassMembers load_products(const JsonReader& json, const FamilySize& size) {
  json.allow_only({"kind", "count", "seed", "alphabet", "gamma"});
  const double gamma = json.number("gamma", 0.0, 1.0);
  if (gamma <= 0 || gamma >= 1) json.refuse("gamma", "must be between 0 and 1");
  return product_members(size, gamma, json.label("family"));
}

ClassMembers load_corpora(const JsonReader& json, std::uint32_t horizon, InstanceFacts& facts) {
  json.allow_only({"kind", "corpora", "order", "smoothing"});
  const auto order = static_cast<std::uint32_t>(json.integer("order", 1, kMaxOrder));
  const double smoothing = json.has("smoothing") ? json.number("smoothing", 0.0, 1e9) : 0.0;
  std::vector<std::filesystem::path> corpora;
  for_each_element(json, "corpora", "family.corpora",
                   [&](const JsonReader& holder, const std::string& name) {
                     corpora.push_back(holder.file(name));
                   });
  CorporaMembers loaded =
      corpora_members(corpora, order, smoothing, horizon, json.label("family.corpora"));
  facts.symbol_names = names_of(loaded.characters);
  return std::move(loaded.members);
}

ClassMembers load_family(const JsonReader& json, std::uint32_t horizon, const std::string& kind,
                         InstanceFacts& facts) {
  if (kind == "corpora") return load_corpora(json, horizon, facts);
  if (kind != "product" && kind != "markov" && kind != "needle" && kind != "adapters")
    json.refuse("kind", "\"" + printable(kind) +
                            "\" is not one of \"product\", \"markov\", \"needle\", \"adapters\", "
                            "\"corpora\"");
  FamilySize size;
  size.horizon = horizon;
  size.count = static_cast<std::uint32_t>(json.integer("count", 1, kMaxMembers));
  size.seed = static_cast<std::uint64_t>(json.integer("seed", 0, INT64_MAX));
  if (kind == "adapters") return load_adapters(json, size, facts);
  if (json.has("alphabet"))
    size.alphabet = static_cast<std::uint32_t>(json.integer("alphabet", 2, 65535));
  if (kind == "product") return load_products(json, size);
  if (kind == "needle") return load_needles(json, size);
  json.allow_only({"kind", "count", "seed", "alphabet"});
  return markov_members(size, json.label("family"));
}

ClassMembers load_list(const JsonReader& json, InstanceFacts& facts) {
  PoolMembers members;
  for_each_element(json, "members", "members",
                   [&](const JsonReader& holder, const std::string& name) {
                     const auto member = load_named(holder, name);
                     if (members.count == 0) facts.symbol_names = member->facts().symbol_names;
                     if (member->facts().symbol_names != facts.symbol_names)
                       json.refuse(name,
                                   "its symbols stand for other characters than the first "
                                   "member's; the family \"corpora\" fits models to several");
                     add_member(members, *member, json.label(name));
                   });
  if (json.has("horizon") && json.integer("horizon", 1, 65535) != members.horizon)
    json.refuse("horizon", "the members have " + std::to_string(members.horizon));
  return members;
}

// "kappa" where it is stated, else what the oracle has by itself.
double load_kappa(const JsonReader& json, const std::optional<double>& own,
                  const std::string& why) {
  if (json.has("kappa")) return json.number("kappa", 1.0, kMaxClassKappa);
  if (!own) json.refuse("kappa", "missing; the oracle's own is not known: " + why);
  return *own;
}

}  // namespace

std::unique_ptr<Instance> load_class(const JsonReader& json) {
  json.allow_only(
      {"wend", "kind", "horizon", "family", "members", "truth", "kappa", "estimate", "oracle"});
  if (json.has("family") == json.has("members"))
    json.refuse("family", "give either family or members");
  if (json.has("truth") == json.has("oracle")) json.refuse("truth", "give either truth or oracle");

  InstanceFacts facts;
  facts.path = json.path().string();
  ClassTarget target;
  if (json.has("members")) {
    target.family = "list";
    target.members = load_list(json, facts);
  } else {
    const auto horizon = static_cast<std::uint32_t>(json.integer("horizon", 1, 65535));
    const JsonReader family = json.object("family");
    target.family = family.string("kind");
    target.members = load_family(family, horizon, target.family, facts);
  }
  if (json.has("truth")) {
    target.truth = static_cast<std::uint64_t>(
        json.integer("truth", 0, std::int64_t{count(target.members)} - 1));
    target.estimate = json.estimate({EstimateSpec::Kind::kExact, EstimateSpec::Kind::kNoise});
    target.kappa = load_kappa(json, target.estimate.kappa, "");
  } else {
    if (json.has("estimate")) json.refuse("estimate", "is for a truth; an oracle has its own");
    target.oracle = load_named(json, "oracle");
    target.kappa = load_kappa(json, target.oracle->facts().kappa, target.oracle->facts().kappa_why);
  }
  facts.files = json.inputs()->paths();
  facts.digest = json.inputs()->digest();
  return make_class(std::move(target), std::move(facts));
}

}  // namespace wend
