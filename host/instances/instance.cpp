#include "host/instances/instance.hpp"

#include <nlohmann/json.hpp>

#include "host/base/printable.hpp"
#include "host/files/json_reader.hpp"
#include "host/instances/class/instance.hpp"
#include "host/instances/external/load.hpp"
#include "host/instances/knapsack/instance.hpp"
#include "host/instances/neural/load.hpp"
#include "host/instances/ngram/load.hpp"
#include "host/instances/tree/instance.hpp"

namespace wend {

namespace {

std::shared_ptr<const Instance> load(const JsonReader& json, const LoadOptions& options) {
  const std::string kind = json.string("kind");
  if (kind == "class") return load_class(json);
  if (kind == "external") return load_external(json, options);
  if (kind == "neural") return load_neural(json);
  if (kind == "tree" || kind == "knapsack" || kind == "ngram") return load_part(json);
  json.refuse("kind", "\"" + printable(kind) +
                          "\" is not one of \"tree\", \"knapsack\", \"ngram\", \"class\", "
                          "\"external\", \"neural\"");
}

}  // namespace

std::shared_ptr<const Instance> load_instance(const std::filesystem::path& file,
                                              const LoadOptions& options) {
  const auto inputs = std::make_shared<InputFiles>();
  inputs->add(file);
  const nlohmann::json document = read_instance_json(file);
  return load(JsonReader(file, "", document, inputs), options);
}

std::shared_ptr<const Instance> make_instance(const InstanceDocument& document,
                                              const LoadOptions& options) {
  const auto inputs = std::make_shared<InputFiles>();
  inputs->add_bytes(document.json);
  inputs->add_arrays(document.arrays);
  const std::filesystem::path name = document.folder / document.name;
  const nlohmann::json parsed = parse_instance_json(document.json, name);
  return load(JsonReader(name, "", parsed, inputs), options);
}

std::unique_ptr<Instance> load_part(const JsonReader& json) {
  const std::string kind = json.string("kind");
  if (kind == "tree") return load_tree(json);
  if (kind == "knapsack") return load_knapsack(json);
  if (kind == "ngram") return load_ngram(json);
  json.refuse("kind",
              "\"" + printable(kind) + "\" is not one of \"tree\", \"knapsack\", \"ngram\"");
}

const InstanceFacts& facts(const Instance& instance) { return instance.facts(); }

double log_mass(const Instance& instance, const std::uint32_t* symbols) {
  return instance.log_mass(symbols);
}

}  // namespace wend
