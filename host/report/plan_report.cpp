#include "host/report/plan_report.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string_view>

#include "host/base/printable.hpp"
#include "host/report/adaptation_report.hpp"
#include "host/report/choice_report.hpp"
#include "host/report/or_null.hpp"
#include "host/report/report.hpp"
#include "host/report/version.hpp"

namespace wend {
namespace {

using Json = nlohmann::ordered_json;

/// A word of a shell's command line.
std::string quoted(const std::string& word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./+:,=@%";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string text = "'";
  for (const char letter : word)
    text += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
  return text + "'";
}

/// As the option is spelled.
Json visits_json(const SampleOptions& options) {
  if (options.visits == Visits::kDefault) return nullptr;
  if (options.visits == Visits::kFixed) return options.fixed_visits;
  return to_string(options.visits);
}

Json options_json(const SampleOptions& options, const PlanFacts& asked) {
  return {{"samples", options.samples},
          {"chains", or_null(options.chains)},
          {"visits", visits_json(options)},
          {"thin", or_null(options.thin)},
          {"kappa", or_null(options.kappa)},
          {"delta", options.delta},
          {"max_queries", or_null(options.max_queries)},
          {"budget", or_null(asked.budget)},
          {"seed", options.seed},
          {"backend", to_string(options.backend)},
          {"engine", to_string(options.engine)},
          {"memo", or_null(options.memo_bytes)},
          {"max_batch", options.max_batch != 0 ? Json(options.max_batch) : Json(nullptr)},
          {"self_test", to_string(options.self_test)},
          {"threads", options.threads}};
}

}  // namespace

std::string plan_command(const InstanceFacts& facts, const SampleOptions& options,
                         const PlanFacts& asked, const Plan& planned) {
  const SampleOptions defaults;
  std::string text = fmt::format("wend sample {} --algorithm {} --samples {}", quoted(facts.path),
                                 to_string(planned.choice.best().algorithm), options.samples);
  const auto add = [&text](const char* option, const auto& value) {
    text += fmt::format(" --{} {}", option, value);
  };
  if (options.chains) add("chains", *options.chains);
  if (options.visits == Visits::kFixed)
    add("visits", options.fixed_visits);
  else if (options.visits != Visits::kDefault)
    add("visits", to_string(options.visits));
  if (options.thin) add("thin", *options.thin);
  if (options.kappa) add("kappa", *options.kappa);
  if (options.delta != defaults.delta) add("delta", options.delta);
  if (options.max_queries) add("max-queries", *options.max_queries);
  if (options.seed != defaults.seed) add("seed", options.seed);
  if (options.backend != defaults.backend) add("backend", to_string(options.backend));
  if (options.engine != defaults.engine) add("engine", to_string(options.engine));
  if (options.memo_bytes) add("memo", *options.memo_bytes);
  if (options.max_batch != 0) add("max-batch", options.max_batch);
  if (options.self_test != defaults.self_test) add("self-test", to_string(options.self_test));
  return asked.allow_plugins ? text + " --allow-plugins" : text;
}

Json plan_report(const InstanceFacts& facts, const SampleOptions& options, const PlanFacts& asked,
                 const Plan& planned) {
  Json choice = choice_json(planned.choice);
  for (std::size_t i = 0; i < planned.choice.candidates.size(); ++i)
    choice["candidates"][i]["seconds"] = or_null(planned.choice.candidates[i].seconds);
  return {{"version", version()},
          {"instance", instance_json(facts)},
          {"options", options_json(options, asked)},
          {"recommended", choice["algorithm"]},
          {"why", choice["why"]},
          {"command", plan_command(facts, options, asked, planned)},
          {"unit", choice["unit"]},
          {"pilot_queries", choice["pilot_queries"]},
          {"pilot_evaluations", choice["pilot_evaluations"]},
          {"least_kappa", choice["least_kappa"]},
          {"batch", planned.batch != 0 ? Json(planned.batch) : Json(nullptr)},
          {"candidates", choice["candidates"]},
          {"adaptation", adaptation_json(planned.adaptation)},
          {"partial", planned.partial},
          {"seconds", planned.seconds}};
}

}  // namespace wend
