#pragma once

#include "host/instances/instance.hpp"
#include "python/src/keywords.hpp"
#include "wend/sample.hpp"

namespace wend::python {

/// The options of wend.sample, of which wend.plan has most.
SampleOptions sample_options(const Keywords& keywords);

/// Whether one is given, and is no flag that is off.
bool is_asked(const Keywords& keywords, const char* name);

/// Throws Error(kUsage) for options of oracles that are asked where there is none.
void check_asking(const Keywords& keywords, const SampleOptions& options,
                  const InstanceFacts& facts);

}  // namespace wend::python
