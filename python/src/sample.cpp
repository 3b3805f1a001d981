#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "host/report/progress.hpp"
#include "host/report/summary.hpp"
#include "host/run/settings.hpp"
#include "python/src/draw_table.hpp"
#include "python/src/draws_binding.hpp"
#include "python/src/run_options.hpp"
#include "python/src/runs.hpp"
#include "python/src/watched_run.hpp"

namespace wend::python {
namespace {

/// A run of wend::sample() and its draws.
struct Draws {
  PyInstance instance;
  SampleOptions options;
  RunFacts run;
  SampleResult result;
  std::unique_ptr<DrawTable> table;

  [[nodiscard]] std::vector<ChainColumn> columns() const {
    return chain_columns(result, instance.instance->facts().alphabet);
  }
};

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

SampleOptions options_of(const Keywords& keywords) {
  SampleOptions options;
  keywords.read_choice("algorithm", kAlgorithmChoices, options.algorithm);
  keywords.read_choice("correct",
                       std::array{Correction::kReject, Correction::kWeight, Correction::kNone},
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
  read_run_options(keywords, options);
  options.threads = threads_of(options.threads);
  return options;
}

/// Whether one of `names` is given, and is no flag that is off.
bool asked(const Keywords& keywords, const char* name) {
  return keywords.has(name) &&
         !(nb::isinstance<nb::bool_>(keywords.at(name)) && !keywords.flag(name));
}

/// Where no algorithm is named, options that go with one alone name it.
void decide_algorithm(const Keywords& keywords, SampleOptions& options) {
  if (options.algorithm != Algorithm::kAuto) return;
  if (asked(keywords, "correct")) {
    options.algorithm = Algorithm::kSequential;
  } else if (asked(keywords, "version_space") || asked(keywords, "replicates") ||
             asked(keywords, "audit")) {
    options.algorithm = Algorithm::kClassElimination;
  }
}

/// The rules between options that resolve_settings() cannot see: it knows a default from nothing
/// asked.
void check(const Keywords& keywords, const SampleOptions& options, const InstanceFacts& facts) {
  const auto refuse_with = [&keywords](std::initializer_list<const char*> names,
                                       const char* reason) {
    for (const char* name : names)
      if (asked(keywords, name)) throw Error(ErrorKind::kUsage, name, reason);
  };
  if (options.algorithm != Algorithm::kSequential)
    refuse_with({"correct"}, "only goes with `algorithm = sequential`");
  const bool of_class = options.algorithm == Algorithm::kClassElimination;
  if (!of_class)
    refuse_with({"version_space", "replicates", "audit"},
                "only goes with `algorithm = class-elimination`");
  if (of_class && options.engine != EngineKind::kAuto)
    throw Error(ErrorKind::kUsage, "engine", "class-elimination has an engine of its own");
  if (options.engine != EngineKind::kLockstep && (!facts.asked || of_class))
    refuse_with({"memo", "max_batch", "self_test"}, "only goes with `engine = lockstep`");
}

std::unique_ptr<Draws> draw(const PyInstance& instance, const nb::dict& given,
                            const nb::object& tick) {
  const Keywords keywords(given);
  auto draws = std::make_unique<Draws>();
  draws->instance = instance;
  draws->options = options_of(keywords);
  decide_algorithm(keywords, draws->options);
  const InstanceFacts& facts = instance.instance->facts();
  check(keywords, draws->options, facts);
  draws->run = run_facts(instance, draws->options.threads);
  const RunSettings settings = resolve_settings(facts, draws->options);
  SampleTable table;
  table.samples = draws->options.samples;
  table.chains = settings.chains;
  table.horizon = facts.horizon;
  table.alphabet = facts.alphabet;
  table.with_weight = settings.weighted;
  draws->table = std::make_unique<DrawTable>(table);
  draws->result =
      watched<SampleResult>(instance, tick, [&](const std::atomic<bool>& stop, RunNews& news) {
        SampleResult result = sample(
            *instance.instance, draws->options, draws->table.get(), stop,
            [&news](std::uint64_t drawn, std::uint64_t of) { news.count(drawn, of); },
            [&](const OracleWait& wait) { news.say(waiting_line(wait, stop)); });
        draws->table->finish(chain_samples(result));
        return result;
      });
  return draws;
}

}  // namespace

void bind_sample(nb::module_& module) {
  bind_draws<Draws>(module, "Draws")
      .def("report",
           [](const Draws& self) {
             return json_text(sample_report(self.instance.instance->facts(), self.options,
                                            self.result, self.run));
           })
      .def("summary", [](const Draws& self) {
        return sample_summary(self.instance.instance->facts(), self.options, self.result, self.run);
      });
  module.def("sample", &draw, nb::arg(), nb::arg(), nb::arg().none());
}

}  // namespace wend::python
