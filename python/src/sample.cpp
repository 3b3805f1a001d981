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
#include "python/src/sample_options.hpp"
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

/// Where no algorithm is named, options that go with one alone name it.
void decide_algorithm(const Keywords& keywords, SampleOptions& options) {
  if (options.algorithm != Algorithm::kAuto) return;
  if (is_asked(keywords, "correct")) {
    options.algorithm = options.correction == Correction::kWalk ? Algorithm::kClassElimination
                                                                : Algorithm::kSequential;
  } else if (is_asked(keywords, "version_space") || is_asked(keywords, "replicates") ||
             is_asked(keywords, "audit")) {
    options.algorithm = Algorithm::kClassElimination;
  }
}

/// The rules between options that resolve_settings() cannot see: it knows a default from nothing
/// asked.
void check(const Keywords& keywords, const SampleOptions& options, const InstanceFacts& facts) {
  const auto refuse_with = [&keywords](std::initializer_list<const char*> names,
                                       const char* reason) {
    for (const char* name : names)
      if (is_asked(keywords, name)) throw Error(ErrorKind::kUsage, name, reason);
  };
  if (options.algorithm != Algorithm::kSequential && options.correction != Correction::kWalk)
    refuse_with({"correct"}, "only goes with `algorithm = sequential`");
  const bool of_class = options.algorithm == Algorithm::kClassElimination;
  if (!of_class)
    refuse_with({"version_space", "replicates", "audit"},
                "only goes with `algorithm = class-elimination`");
  if (of_class && options.engine != EngineKind::kAuto)
    throw Error(ErrorKind::kUsage, "engine", "class-elimination has an engine of its own");
  if (of_class)
    refuse_with({"memo", "max_batch", "self_test"},
                "does not go with `algorithm = class-elimination`");
  check_asking(keywords, options, facts);
}

std::unique_ptr<Draws> draw(const PyInstance& instance, const nb::dict& given,
                            const nb::object& tick) {
  const Keywords keywords(given);
  auto draws = std::make_unique<Draws>();
  draws->instance = instance;
  draws->options = sample_options(keywords);
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
