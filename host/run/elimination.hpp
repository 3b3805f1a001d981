#pragma once

#include <atomic>

#include "host/instances/instance.hpp"
#include "wend/sample.hpp"

namespace wend {

/// wend::sample for class-elimination. Throws Error(kUsage) for instances that are not of kind
/// class. Memory: the members' tables and those of V, 8 bytes a member and thread, 16 MiB of
/// symbols of a round.
SampleResult sample_class(const Instance& instance, const SampleOptions& options, SampleSink* sink,
                          const std::atomic<bool>& stop, const Progress& progress);

}  // namespace wend
