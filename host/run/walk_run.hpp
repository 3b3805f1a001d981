#pragma once

#include <memory>

#include "host/instances/instance.hpp"
#include "host/run/run.hpp"
#include "host/run/settings.hpp"

namespace wend {

/// The walks and the sequential sampler: the instance is compiled to an oracle, whose chains an
/// engine takes on round by round. Memory: the tables; 52 bytes a chain plus its path, twice while
/// its state is copied; options.buffer_bytes of records, or one record a chain if that is more.
/// `instance` and `options` must outlive it.
std::unique_ptr<Run> make_walk_run(const Instance& instance, const SampleOptions& options,
                                   RunSettings settings);

}  // namespace wend
