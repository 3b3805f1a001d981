#include "host/instances/external/load.hpp"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "host/base/printable.hpp"
#include "host/instances/external/library.hpp"
#include "host/instances/model/instance.hpp"
#include "host/instances/model/potentials.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

std::string options_text(const JsonReader& json) {
  if (!json.has("options")) return "{}";
  static_cast<void>(json.object("options"));  // refuses what is none
  return json.at("options").dump();
}

}  // namespace

std::shared_ptr<const Instance> load_external(const JsonReader& json, const LoadOptions& options) {
  json.allow_only({"wend", "kind", "library", "options", "potentials"});
  static_cast<void>(json.string("library"));
  if (!options.allow_plugins)
    json.refuse("library",
                "its code would run in this process, which must be allowed (--allow-plugins, "
                "LoadOptions::allow_plugins)");
  LibrarySource source;
  source.options = options_text(json);
  source.folder = std::filesystem::absolute(json.path()).parent_path();
  source.file = json.file("library");
  std::shared_ptr<const ModelInstance> base;
  Guided parts;
  InstanceFacts facts;
  try {
    parts.base = open_library(source);
    facts.kind = "external";
    facts.path = json.path().string();
    facts.files = json.inputs()->paths();
    facts.digest = json.inputs()->digest();
    facts.details.emplace_back("library", printable(source.file.string(), 4096));
    base = std::make_shared<ModelInstance>(parts.base, facts);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kRuntime) throw;  // a file that was changed meanwhile
    json.refuse("library",
                printable(source.file.string(), 4096) + ": " + printable(error.what(), 4096));
  }
  const OracleTraits& traits = parts.base->traits();
  parts.potentials =
      load_potentials(json, traits.alphabet, traits.horizon, traits.end, traits.symbol_bytes);
  if (parts.potentials.empty()) return base;
  return std::make_shared<ModelInstance>(parts, std::move(facts));
}

}  // namespace wend
