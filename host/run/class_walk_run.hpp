#pragma once

#include <memory>

#include "host/instances/instance.hpp"
#include "host/run/run.hpp"
#include "host/run/settings.hpp"

namespace wend {

/// class-elimination with Correction::kWalk, of a class whose oracle is another instance: members
/// are ruled out until V is certified, has one member or none; the mean of those left is then the
/// estimate of a lifted walk to the oracle's own leaves, whose visits, guarantee and counters are a
/// walk's. Memory: elimination's (elimination_run.hpp), tables of the members left, and the walk's
/// (walk_run.hpp). `instance`, of kind class, and `options` must outlive it.
std::unique_ptr<Run> make_class_walk_run(const Instance& instance, const SampleOptions& options,
                                         RunSettings settings);

}  // namespace wend
