#include "host/instances/neural/load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "host/base/number_text.hpp"
#include "host/base/parallel.hpp"
#include "host/base/printable.hpp"
#include "host/instances/model/instance.hpp"
#include "host/instances/model/potentials.hpp"
#include "host/instances/neural/model.hpp"
#include "host/instances/neural/symbol_bytes.hpp"
#include "host/oracles/neural/neural_oracle.hpp"
#include "host/oracles/neural/value_network.hpp"

namespace wend {
namespace {

// Chains are divided among contexts, and a product of few rows is slow: each of its weights is read
// for less work. So there are few contexts, whatever the cores.
constexpr unsigned kMostContexts = 4;
constexpr std::size_t kMostPrompt = 1U << 20U;

std::vector<std::uint32_t> load_symbols(const JsonReader& json, const char* key,
                                        std::uint32_t alphabet) {
  std::vector<std::uint32_t> symbols;
  if (!json.has(key)) return symbols;
  for (const std::int64_t symbol : json.integers(key, 0, std::int64_t{alphabet} - 1))
    symbols.push_back(static_cast<std::uint32_t>(symbol));
  return symbols;
}

/// A positive number, 1 by default.
double load_factor(const JsonReader& json, const char* key) {
  constexpr double kLeast = 1e-6;
  constexpr double kMost = 1e6;
  return json.has(key) ? json.number(key, kLeast, kMost) : 1.0;
}

NeuralTarget load_target(const JsonReader& json, const NeuralModel& model) {
  NeuralTarget target;
  target.alphabet = model.alphabet();
  target.horizon = static_cast<std::uint32_t>(json.integer("horizon", 1, 65'535));
  target.prompt = load_symbols(json, "prompt", model.alphabet());
  if (target.prompt.size() > kMostPrompt)
    json.refuse("prompt",
                fmt::format("has {} symbols; {} at most", target.prompt.size(), kMostPrompt));
  if (target.prompt.empty() && !model.windowed())
    json.refuse("prompt",
                "must have a symbol at least, such as the one that begins a text: this network "
                "says nothing before it has read one");
  target.end = load_symbols(json, "end", model.alphabet());
  std::ranges::sort(target.end);
  target.end.erase(std::unique(target.end.begin(), target.end.end()), target.end.end());
  target.symbols = load_symbol_bytes(json, target.alphabet);
  target.law.inverse_temperature = 1 / load_factor(json, "temperature");
  target.law.power = load_factor(json, "power");
  if (json.has("top_k"))
    target.law.top_k = static_cast<std::uint32_t>(json.integer("top_k", 1, model.alphabet()));
  return target;
}

void add_details(const NeuralModel& model, const Network& network, const NeuralTarget& target,
                 const NeuralMemory& memory, InstanceFacts& facts) {
  const auto add = [&](const char* name, std::string value) {
    facts.details.emplace_back(name, std::move(value));
  };
  add("model", printable(model.path().string(), 4096));
  add("architecture", network.description());
  add("prompt", fmt::format("{} symbol{}, states {}", target.prompt.size(),
                            target.prompt.size() == 1 ? "" : "s", byte_size(memory.prompt)));
  add("weights", byte_size(memory.weights) + ", as float32");
  if (memory.slot > 0)
    add("states", fmt::format("{} a chain, of {} chains at most", byte_size(memory.slot),
                              grouped(memory.slots)));
  add("workspace", byte_size(memory.workspace));
}

}  // namespace

std::shared_ptr<const Instance> load_neural(const JsonReader& json) {
  json.allow_only({"wend", "kind", "model", "architecture", "prompt", "horizon", "end", "top_k",
                   "temperature", "power", "symbols", "potentials", "value"});
  const NeuralModel model(json);
  const NeuralTarget target = load_target(json, model);
  Guided parts;
  parts.potentials =
      load_potentials(json, target.alphabet, target.horizon, target.end, target.symbols);
  if (json.has("value"))
    parts.potentials.push_back(
        make_value_network(load_value_model(json.object("value"), target.alphabet), "value",
                           target.alphabet, target.horizon, false));
  const std::shared_ptr<const Network> network = model.load(neural_positions(target));
  const std::uint32_t contexts = std::min(resolve_threads(0), kMostContexts);
  // A quarter for states: rows of paths and the memo take most of the rest.
  const std::uint64_t available = available_memory();
  const NeuralMemory memory = neural_memory(*network, target, {contexts}, available / 4);
  check_memory(memory.total() - memory.weights, json.label("model") + ": states and workspace",
               available);
  InstanceFacts facts;
  facts.kind = "neural";
  facts.path = json.path().string();
  add_details(model, *network, target, memory, facts);
  parts.base = make_neural_oracle(network, target, memory);
  facts.files = json.inputs()->paths();
  facts.digest = json.inputs()->digest();
  if (parts.potentials.empty())
    return std::make_shared<ModelInstance>(parts.base, std::move(facts), memory.total(), network);
  return std::make_shared<ModelInstance>(parts, std::move(facts), memory.total(), network);
}

}  // namespace wend
