#include "wend/throughput.hpp"

#include <nanobind/stl/string.h>

#include <nlohmann/json.hpp>
#include <string>

#include "host/base/parallel.hpp"
#include "host/report/throughput_plot.hpp"
#include "host/report/throughput_report.hpp"
#include "host/report/throughput_table.hpp"
#include "python/src/run_options.hpp"
#include "python/src/runs.hpp"
#include "python/src/watched_run.hpp"

namespace wend::python {
namespace {

struct Rates {
  PyInstance instance;
  ThroughputOptions options;
  ThroughputResult result;
};

ThroughputOptions options_of(const Keywords& keywords) {
  ThroughputOptions options;
  keywords.read_choice("algorithm", kAlgorithms, options.algorithm);
  keywords.read_number(
      "seconds", "above 0, of 3600 at most", [](double x) { return x > 0 && x <= 3600; },
      options.seconds);
  if (keywords.has("batch"))
    for (const std::uint64_t batch : keywords.integers("batch", 1, kMost32))
      options.batch.push_back(static_cast<std::uint32_t>(batch));
  if (keywords.has("chains")) options.chains = keywords.integers("chains", 1, kMost32);
  read_backend(keywords, options.backend);
  read_run_options(keywords, options);
  options.threads = resolve_threads(options.threads);
  return options;
}

Rates measure(const PyInstance& instance, const nb::dict& given, const nb::object& tick) {
  Rates rates{instance, options_of(Keywords(given)), {}};
  rates.result =
      watched<ThroughputResult>(instance, tick, [&](const std::atomic<bool>& stop, RunNews& news) {
        return measure_throughput(*instance.instance, rates.options, stop,
                                  [&news](const std::string& what) { news.say(what); });
      });
  return rates;
}

}  // namespace

void bind_throughput(nb::module_& module) {
  nb::class_<Rates>(module, "Rates")
      .def("report",
           [](const Rates& self) {
             return json_text(
                 throughput_report(self.instance.instance->facts(), self.options, self.result));
           })
      .def("summary",
           [](const Rates& self) {
             return throughput_table(self.instance.instance->facts(), self.options, self.result);
           })
      .def("plot",
           [](const Rates& self) {
             return throughput_plot(self.instance.instance->facts(), self.options, self.result);
           })
      .def_prop_ro("partial", [](const Rates& self) { return self.result.partial; })
      .def_prop_ro("failure", [](const Rates& self) { return self.result.failure; });
  module.def("throughput", &measure, nb::arg(), nb::arg(), nb::arg().none());
}

}  // namespace wend::python
