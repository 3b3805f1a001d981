#include "host/instances/ngram/load.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <vector>

#include "host/base/printable.hpp"
#include "host/base/utf8.hpp"
#include "host/files/npy.hpp"
#include "host/instances/graph/instance.hpp"
#include "host/instances/ngram/graph.hpp"
#include "host/instances/ngram/model.hpp"
#include "host/instances/ngram/transition.hpp"

namespace wend {
namespace {

using Pattern = std::vector<std::uint32_t>;

NgramModel load_transition(const JsonReader& json, std::uint32_t order, std::uint32_t horizon) {
  const NpyFile file = json.array_file("transition");
  const std::vector<std::uint64_t>& shape = file.shape();
  const std::uint64_t alphabet = shape.empty() ? 0 : shape.back();
  if (alphabet < 2 || alphabet > 65535)
    json.refuse("transition", "the last dimension is the alphabet and must be 2 to 65535");
  std::uint64_t contexts = 1;
  for (std::uint32_t k = 1; k < order && contexts <= file.count(); ++k) contexts *= alphabet;
  const bool cube = shape.size() == order && std::ranges::count(shape, alphabet) == order;
  const bool table = shape.size() == 2 && shape[0] == contexts;
  if (!cube && !table)
    json.refuse("transition", "for order " + std::to_string(order) + " the shape must be (" +
                                  std::to_string(alphabet) + "^" + std::to_string(order - 1) +
                                  ", " + std::to_string(alphabet) + ") or " +
                                  std::to_string(order) + " dimensions of " +
                                  std::to_string(alphabet));
  check_memory(file.count() * sizeof(double), json.label("transition") + ": the weights");
  std::vector<double> weights(file.count());
  file.visit([&weights](auto values) {
    std::ranges::transform(values, weights.begin(),
                           [](auto value) { return static_cast<double>(value); });
  });
  return transition_model(weights, static_cast<std::uint32_t>(alphabet), order, horizon,
                          json.label("transition"));
}

NgramModel load_model(const JsonReader& json, std::uint32_t order, std::uint32_t horizon) {
  if (json.has("corpus") == json.has("transition"))
    json.refuse("corpus", "give either corpus or transition");
  if (json.has("transition")) {
    if (json.has("smoothing")) json.refuse("smoothing", "is for a corpus, not for a transition");
    return load_transition(json, order, horizon);
  }
  const double smoothing = json.has("smoothing") ? json.number("smoothing", 0.0, 1e9) : 0.0;
  return corpus_model(json.file("corpus"), order, smoothing, json.label("corpus"));
}

Pattern text_pattern(const JsonReader& json, std::string_view key, const std::string& text,
                     const NgramModel& model) {
  std::u32string points;
  if (!append_utf8(text, points)) json.refuse(key, "\"" + printable(text) + "\": not valid UTF-8");
  Pattern pattern;
  for (const char32_t point : points) {
    const auto at = std::ranges::lower_bound(model.characters, point);
    if (at == model.characters.end() || *at != point)
      json.refuse(key, "\"" + printable(text) + "\": no word of the corpus has the character \"" +
                           printable(encode_utf8(point)) + "\"");
    pattern.push_back(static_cast<std::uint32_t>(at - model.characters.begin() + 1));
  }
  return pattern;
}

Pattern number_pattern(const JsonReader& json, std::string_view key, const nlohmann::json& list,
                       const NgramModel& model) {
  if (!list.is_array()) json.refuse(key, "must be a list of lists of symbols");
  Pattern pattern;
  for (const nlohmann::json& symbol : list) {
    if (!symbol.is_number_unsigned() || symbol.get<std::uint64_t>() >= model.alphabet)
      json.refuse(key, "symbols must be integers from 0 to " + std::to_string(model.alphabet - 1));
    pattern.push_back(symbol.get<std::uint32_t>());
  }
  return pattern;
}

std::vector<Pattern> load_patterns(const JsonReader& json, std::string_view key,
                                   const NgramModel& model) {
  std::vector<Pattern> patterns;
  if (!json.has(key)) return patterns;
  if (model.has_end) {
    for (const std::string& text : json.strings(key))
      patterns.push_back(text_pattern(json, key, text, model));
  } else {
    const nlohmann::json& lists = json.at(key);
    if (!lists.is_array()) json.refuse(key, "must be a list of lists of symbols");
    for (const nlohmann::json& list : lists)
      patterns.push_back(number_pattern(json, key, list, model));
  }
  for (const Pattern& pattern : patterns)
    if (pattern.empty()) json.refuse(key, "a pattern is empty");
  std::ranges::sort(patterns);
  patterns.erase(std::unique(patterns.begin(), patterns.end()), patterns.end());
  return patterns;
}

void refuse_massless(const JsonReader& json, const NgramConstraints& constraints) {
  const std::string reason = "no sequence of this horizon has mass: the total is zero";
  if (!constraints.require.empty()) json.refuse("require", reason);
  if (!constraints.forbid.empty()) json.refuse("forbid", reason);
  json.refuse("horizon", reason);
}

void state_kappa(InstanceFacts& facts, const EstimateSpec& estimate) {
  facts.kappa_by_depth.assign(facts.horizon, 1.0);
  switch (estimate.kind) {
    case EstimateSpec::Kind::kNoise:
      facts.estimate = "noise";
      facts.kappa = estimate.kappa;
      facts.kappa_why = "the noise is within this factor";
      std::fill(facts.kappa_by_depth.begin(), facts.kappa_by_depth.end() - 1, estimate.kappa);
      break;
    case EstimateSpec::Kind::kLookahead:
      facts.estimate = "lookahead";
      if (estimate.depth >= facts.horizon) {
        facts.kappa = 1.0;
        facts.kappa_why = "the lookahead reaches the horizon, so that it is exact";
      } else {
        facts.kappa_why = "a lookahead has no bound: it sees constraints " +
                          std::to_string(estimate.depth) + " symbols ahead only";
        facts.kappa_by_depth_why = "a lookahead is never below the mass";
      }
      break;
    default:
      facts.estimate = "exact";
      facts.kappa = 1.0;
      facts.kappa_why = "the estimate is exact";
  }
  if (facts.kappa_by_depth_why.empty()) facts.kappa_by_depth_why = facts.kappa_why;
}

std::string decimal(double value) { return nlohmann::json(value).dump(); }

}  // namespace

std::unique_ptr<Instance> load_ngram(const JsonReader& json) {
  json.allow_only({"wend", "kind", "corpus", "transition", "order", "horizon", "smoothing",
                   "forbid", "require", "estimate"});
  const auto order = static_cast<std::uint32_t>(json.integer("order", 1, kMaxOrder));
  const auto horizon = static_cast<std::uint32_t>(json.integer("horizon", 1, 65535));
  const EstimateSpec estimate = json.estimate(
      {EstimateSpec::Kind::kExact, EstimateSpec::Kind::kNoise, EstimateSpec::Kind::kLookahead});
  const NgramModel model = load_model(json, order, horizon);
  const NgramConstraints constraints{.forbid = load_patterns(json, "forbid", model),
                                     .require = load_patterns(json, "require", model)};
  if (constraints.require.size() > NgramConstraints::kMaxRequired)
    json.refuse("require", "at most 16 different patterns can be required");
  NgramGraph product =
      build_ngram_graph(model, constraints, horizon, estimate, json.label("order"));
  if (std::isinf(product.graph.log_mass[0])) refuse_massless(json, constraints);

  InstanceFacts facts;
  facts.kind = "ngram";
  facts.path = json.path().string();
  facts.files = json.inputs()->paths();
  facts.digest = json.inputs()->digest();
  facts.alphabet = model.alphabet;
  facts.horizon = horizon;
  state_kappa(facts, estimate);
  if (model.has_end) facts.symbol_names.emplace_back("<end>");
  for (const char32_t point : model.characters) facts.symbol_names.push_back(encode_utf8(point));
  facts.details = {{"order", std::to_string(order)}, {"contexts", std::to_string(model.contexts)}};
  if (model.has_end) facts.details.emplace_back("words read", std::to_string(model.words));
  facts.details.emplace_back("automaton states", std::to_string(product.automaton_states));
  facts.details.emplace_back("product states", std::to_string(product.graph.states(0)));
  facts.details.emplace_back("ln of the total mass", decimal(product.graph.log_mass[0]));
  return std::make_unique<GraphInstance>(std::move(facts), std::move(product.graph));
}

}  // namespace wend
