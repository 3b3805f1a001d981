#include <nanobind/stl/string.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "host/base/parallel.hpp"
#include "host/report/means_report.hpp"
#include "host/report/means_table.hpp"
#include "python/src/new_array.hpp"
#include "python/src/run_options.hpp"
#include "python/src/runs.hpp"
#include "python/src/watched_run.hpp"
#include "wend/means.hpp"

namespace wend::python {
namespace {

struct Estimates {
  PyInstance instance;
  MeansOptions options;
  MeansResult result;
};

MeansOptions options_of(const Keywords& keywords) {
  MeansOptions options;
  if (keywords.has("of")) {
    options.of.clear();
    nb::object names = keywords.at("of");
    if (nb::isinstance<nb::str>(names)) names = nb::make_tuple(names);
    for (const nb::handle name : names) {
      nb::dict one;
      one["of"] = name;
      options.of.push_back(Keywords(one).choice("of", kMeansOf));
    }
  }
  keywords.read_choice("algorithm", kAlgorithms, options.algorithm);
  keywords.read_number(
      "relative_error", "above 0",
      [](double x) { return x > 0 && x <= std::numeric_limits<double>::max(); },
      options.relative_error);
  if (keywords.has("queries")) options.queries = keywords.integer("queries", 1, kMost64);
  keywords.read_integer("chains", 1, kMost32, options.chains);
  read_accuracy(keywords, options.kappa, options.delta);
  read_self_test(keywords, options.self_test);
  read_run_options(keywords, options);
  options.threads = resolve_threads(options.threads);
  return options;
}

Estimates estimate(const PyInstance& instance, const nb::dict& given, const nb::object& tick) {
  const Keywords keywords(given);
  Estimates estimates{instance, options_of(keywords), {}};
  for (const char* name : {"memo", "max_batch", "self_test"})
    if (keywords.has(name) && !instance.instance->facts().asked)
      throw Error(ErrorKind::kUsage, name,
                  "only goes with an instance whose oracle is asked, not one in tables");
  estimates.result =
      watched<MeansResult>(instance, tick, [&](const std::atomic<bool>& stop, RunNews& news) {
        return estimate_means(
            *instance.instance, estimates.options, stop,
            [&news](const MeansProgress& so_far) { news.say(means_line(so_far)); });
      });
  return estimates;
}

/// Mean, standard error, low and high end of each, along a last dimension of 4; None without any.
nb::object array_of(const std::vector<Mean>& means, std::vector<std::size_t> shape) {
  if (means.empty()) return nb::none();
  shape.push_back(4);
  NewArray<double> array(std::move(shape));
  double* to = array.data();
  for (const Mean& mean : means) {
    *to++ = mean.mean;
    *to++ = mean.standard_error;
    *to++ = mean.low;
    *to++ = mean.high;
  }
  return array.give();
}

nb::object tuple_of(const std::optional<Mean>& mean) {
  if (!mean) return nb::none();
  return nb::make_tuple(mean->mean, mean->standard_error, mean->low, mean->high);
}

}  // namespace

void bind_estimate(nb::module_& module) {
  nb::class_<Estimates>(module, "Estimates")
      .def("marginals",
           [](const Estimates& self) {
             const InstanceFacts& facts = self.instance.instance->facts();
             return array_of(self.result.marginals, {facts.horizon, facts.alphabet});
           })
      .def("symbols",
           [](const Estimates& self) {
             return array_of(self.result.symbols, {self.result.symbols.size()});
           })
      .def_prop_ro("log_mass", [](const Estimates& self) { return tuple_of(self.result.log_mass); })
      .def_prop_ro("log_z", [](const Estimates& self) { return tuple_of(self.result.log_z); })
      .def_prop_ro("length", [](const Estimates& self) { return tuple_of(self.result.length); })
      .def("report",
           [](const Estimates& self) {
             return json_text(
                 means_report(self.instance.instance->facts(), self.options, self.result));
           })
      .def("summary",
           [](const Estimates& self) {
             return means_table(self.instance.instance->facts(), self.options, self.result);
           })
      .def_prop_ro("partial", [](const Estimates& self) { return self.result.partial; })
      .def_prop_ro("failure", [](const Estimates& self) { return self.result.failure; });
  module.def("estimate", &estimate, nb::arg(), nb::arg(), nb::arg().none());
}

}  // namespace wend::python
