#include "python/src/sample_options.hpp"

#include <array>
#include <string>

#include "host/base/parallel.hpp"
#include "host/run/settings.hpp"
#include "python/src/run_options.hpp"
#include "python/src/runs.hpp"
#include "wend/error.hpp"

namespace wend::python {
namespace {

void read_visits(const Keywords& keywords, SampleOptions& options) {
  if (!keywords.has("visits")) return;
  if (nb::isinstance<nb::str>(keywords.at("visits"))) {
    const std::string word = keywords.text("visits");
    if (word != "proven" && word != "measured")
      throw Error(ErrorKind::kUsage, "visits",
                  "'" + word + "' is not proven, measured or an integer");
    options.visits = word == "proven" ? Visits::kProven : Visits::kMeasured;
    return;
  }
  options.visits = Visits::kFixed;
  options.fixed_visits = static_cast<std::uint32_t>(keywords.integer("visits", 1, kMost32));
}

}  // namespace

SampleOptions sample_options(const Keywords& keywords) {
  SampleOptions options;
  keywords.read_choice("algorithm", kAlgorithmChoices, options.algorithm);
  keywords.read_choice(
      "correct",
      std::array{Correction::kReject, Correction::kWeight, Correction::kNone, Correction::kWalk},
      options.correction);
  keywords.read_integer("samples", 1, kMostSamples, options.samples);
  if (keywords.has("chains")) options.chains = keywords.integer("chains", 1, kMost32);
  read_visits(keywords, options);
  if (keywords.has("thin"))
    options.thin = static_cast<std::uint32_t>(keywords.integer("thin", 1, kMost32));
  read_accuracy(keywords, options.kappa, options.delta);
  if (keywords.has("max_queries"))
    options.max_queries = keywords.integer("max_queries", 1, kMost64);
  keywords.read_choice("version_space",
                       std::array{VersionSpace::kShared, VersionSpace::kIndependent},
                       options.version_space);
  options.replicates = keywords.flag("replicates");
  options.audit = keywords.flag("audit");
  keywords.read_choice("engine",
                       std::array{EngineKind::kAuto, EngineKind::kFused, EngineKind::kLockstep},
                       options.engine);
  read_backend(keywords, options.backend);
  read_self_test(keywords, options.self_test);
  keywords.read_choice("adapt", kAdapts, options.adapt);
  keywords.read_number(
      "adapt_floor", "greater than 0 and at most 1", [](double x) { return x > 0 && x <= 1; },
      options.adapt_floor);
  if (keywords.has("scouts")) options.scouts = keywords.integer("scouts", 1, kMost64);
  read_run_options(keywords, options);
  options.threads = resolve_threads(options.threads);
  return options;
}

bool is_asked(const Keywords& keywords, const char* name) {
  return keywords.has(name) &&
         !(nb::isinstance<nb::bool_>(keywords.at(name)) && !keywords.flag(name));
}

void check_asking(const Keywords& keywords, const SampleOptions& options,
                  const InstanceFacts& facts) {
  if (options.engine == EngineKind::kLockstep || facts.asked) return;
  for (const char* name : {"memo", "max_batch", "self_test"})
    if (is_asked(keywords, name)) throw Error(ErrorKind::kUsage, name, only_lockstep(facts));
}

}  // namespace wend::python
