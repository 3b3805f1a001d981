#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include <filesystem>
#include <string>

#include "python/src/draw_table.hpp"

namespace wend::python {

namespace nb = nanobind;

/// The class of runs that have draws: `Run` has `table` (a pointer to a DrawTable), `result` and
/// columns(). What its report says is for the caller to add.
template <class Run>
nb::class_<Run> bind_draws(nb::module_& module, const char* name) {
  const auto table = [](nb::handle self) -> const DrawTable& {
    return *nb::cast<const Run&>(self).table;
  };
  return nb::class_<Run>(module, name)
      .def_prop_ro("samples", [=](nb::handle self) { return table(self).samples(self); })
      .def_prop_ro("log_mass", [=](nb::handle self) { return table(self).log_mass(self); })
      .def_prop_ro("log_weight", [=](nb::handle self) { return table(self).log_weight(self); })
      .def("chain", [](const Run& self) { return self.table->chain(); })
      .def("counters",
           [](const Run& self) { return counter_arrays(self.columns(), self.result.chains); })
      .def_prop_ro("partial", [](const Run& self) { return self.result.partial; })
      .def_prop_ro("failure", [](const Run& self) { return self.result.failure; })
      .def("save", [](const Run& self, const nb::bytes& output) {
        const std::filesystem::path path(std::string(output.c_str(), output.size()));
        const nb::gil_scoped_release released;
        self.table->write(path, self.columns());
      });
}

}  // namespace wend::python
