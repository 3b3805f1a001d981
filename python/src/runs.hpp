#pragma once

#include <nanobind/nanobind.h>

#include "host/report/report.hpp"
#include "python/src/instance.hpp"

namespace wend::python {

namespace nb = nanobind;

void bind_sample(nb::module_& module);
void bind_baseline(nb::module_& module);
void bind_estimate(nb::module_& module);
void bind_plan(nb::module_& module);
void bind_throughput(nb::module_& module);

/// What a report says of a run that this module makes.
inline RunFacts run_facts(const PyInstance& instance, unsigned threads) {
  RunFacts run;
  run.load_seconds = instance.load_seconds;
  run.threads = threads;
  return run;
}

}  // namespace wend::python
