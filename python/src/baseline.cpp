#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "host/base/parallel.hpp"
#include "host/baselines/comparison.hpp"
#include "host/baselines/run.hpp"
#include "host/baselines/target.hpp"
#include "host/report/baseline_report.hpp"
#include "python/src/draw_table.hpp"
#include "python/src/draws_binding.hpp"
#include "python/src/run_options.hpp"
#include "python/src/runs.hpp"
#include "python/src/watched_run.hpp"

namespace wend::python {
namespace {

/// A run of a baseline and its draws.
struct BaselineDraws {
  PyInstance instance;
  BaselineOptions options;
  RunFacts run;
  BaselineResult result;
  std::unique_ptr<DrawTable> table;

  [[nodiscard]] std::vector<ChainColumn> columns() const {
    return baseline_columns(result, instance.instance->facts().alphabet);
  }
};

BaselineOptions options_of(const Keywords& keywords) {
  BaselineOptions options;
  keywords.read_choice("method", kBaselines, options.method);
  keywords.read_number(
      "power", "above 0", [](double x) { return x > 0 && x <= std::numeric_limits<double>::max(); },
      options.power);
  keywords.read_integer("best_of", 1, kMost32, options.best_of);
  keywords.read_integer("steps", 1, kMost32, options.steps);
  keywords.read_choice("proposal", kSuffixProposals, options.proposal);
  keywords.read_integer("samples", 1, kMostSamples, options.samples);
  if (keywords.has("chains")) options.chains = keywords.integer("chains", 1, kMost32);
  if (keywords.has("max_queries"))
    options.max_queries = keywords.integer("max_queries", 1, kMost64);
  if (keywords.has("max_evaluations"))
    options.max_evaluations = keywords.integer("max_evaluations", 1, kMost64 >> 16U);
  read_self_test(keywords, options.self_test);
  read_run_options(keywords, options);
  options.threads = resolve_threads(options.threads);
  return options;
}

void check(const Keywords& keywords, const BaselineOptions& options) {
  if (options.method != Baseline::kBestOf && keywords.has("best_of"))
    throw Error(ErrorKind::kUsage, "best_of", "only goes with `method = best-of`");
  for (const char* name : {"steps", "proposal"})
    if (options.method != Baseline::kSuffixMh && keywords.has(name))
      throw Error(ErrorKind::kUsage, name, "only goes with `method = suffix-mh`");
}

std::unique_ptr<BaselineDraws> draw(const PyInstance& instance, const nb::dict& given,
                                    const nb::object& tick) {
  const Keywords keywords(given);
  auto draws = std::make_unique<BaselineDraws>();
  draws->instance = instance;
  draws->options = options_of(keywords);
  check(keywords, draws->options);
  draws->run = run_facts(instance, draws->options.threads);
  const BaselineTarget target = target_of(*instance.instance, draws->options);
  check_method(target, draws->options);
  SampleTable table;
  table.samples = draws->options.samples;
  table.chains = baseline_chains(target, draws->options);
  table.horizon = target.horizon;
  table.alphabet = target.alphabet;
  draws->table = std::make_unique<DrawTable>(table);
  draws->result =
      watched<BaselineResult>(instance, tick, [&](const std::atomic<bool>& stop, RunNews& news) {
        BaselineResult result =
            run_baseline(target, draws->options, draws->table.get(), stop,
                         [&news](std::uint64_t drawn, std::uint64_t of) { news.count(drawn, of); });
        draws->table->finish(result.per_chain.samples);
        return result;
      });
  return draws;
}

/// A dictionary a method.
nb::list compare(const PyInstance& instance, const nb::dict& given, const nb::object& tick) {
  BaselineOptions options = options_of(Keywords(given));
  const auto methods = watched<std::vector<ComparedMethod>>(
      instance, tick, [&](const std::atomic<bool>& stop, RunNews& /*news*/) {
        return compare_methods(*instance.instance, options, stop);
      });
  const auto number = [](const std::optional<double>& value) -> nb::object {
    return value ? nb::object(nb::float_(*value)) : nb::none();
  };
  nb::list all;
  for (const ComparedMethod& method : methods) {
    nb::dict one;
    one["method"] = method.name;
    one["law"] = method.skipped.empty() ? nb::object(nb::cast(method.law)) : nb::none();
    one["skipped"] = method.skipped.empty() ? nb::none() : nb::object(nb::cast(method.skipped));
    one["drawn"] = method.drawn;
    one["evaluations"] = method.evaluations;
    one["effective_samples"] = number(method.effective_samples);
    one["mean_log_mass"] = number(method.mean_log_mass);
    one["mean_log_mass_error"] = number(method.mean_log_mass_error);
    all.append(one);
  }
  return all;
}

}  // namespace

void bind_baseline(nb::module_& module) {
  bind_draws<BaselineDraws>(module, "BaselineDraws")
      .def("report",
           [](const BaselineDraws& self) {
             return json_text(baseline_report(self.instance.instance->facts(), self.options,
                                              self.result, self.run));
           })
      .def("summary", [](const BaselineDraws& self) {
        return baseline_summary(self.instance.instance->facts(), self.options, self.result,
                                self.run);
      });
  module.def("baseline", &draw, nb::arg(), nb::arg(), nb::arg().none());
  module.def("compare", &compare, nb::arg(), nb::arg(), nb::arg().none());
}

}  // namespace wend::python
