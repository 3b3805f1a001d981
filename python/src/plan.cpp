#include "wend/plan.hpp"

#include <nanobind/stl/string.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "host/report/plan_report.hpp"
#include "host/report/progress.hpp"
#include "python/src/run_options.hpp"
#include "python/src/runs.hpp"
#include "python/src/sample_options.hpp"
#include "python/src/watched_run.hpp"

namespace wend::python {
namespace {

struct Planned {
  PyInstance instance;
  SampleOptions options;
  PlanFacts asked;
  Plan plan;
};

Planned make_plan(const PyInstance& instance, const nb::dict& given, const nb::object& tick) {
  const Keywords keywords(given);
  Planned planned{instance, sample_options(keywords), {}, {}};
  if (keywords.has("budget")) planned.asked.budget = keywords.integer("budget", 1, kMost64);
  check_asking(keywords, planned.options, instance.instance->facts());
  planned.plan = watched<Plan>(instance, tick, [&](const std::atomic<bool>& stop, RunNews& news) {
    return plan(*instance.instance, planned.options, planned.asked.budget, stop,
                [&](const OracleWait& wait) { news.say(waiting_line(wait, stop)); });
  });
  return planned;
}

}  // namespace

void bind_plan(nb::module_& module) {
  nb::class_<Planned>(module, "Planned")
      .def("report",
           [](const Planned& self) {
             return json_text(
                 plan_report(self.instance.instance->facts(), self.options, self.asked, self.plan));
           })
      .def("summary",
           [](const Planned& self) {
             return plan_table(self.instance.instance->facts(), self.options, self.asked,
                               self.plan);
           })
      .def_prop_ro("partial", [](const Planned& self) { return self.plan.partial; });
  module.def("plan", &make_plan, nb::arg(), nb::arg(), nb::arg().none());
}

}  // namespace wend::python
