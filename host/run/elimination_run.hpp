#pragma once

#include <memory>

#include "host/instances/instance.hpp"
#include "host/run/run.hpp"
#include "host/run/settings.hpp"

namespace wend {

/// class-elimination. Memory: the members' tables and those of V, 8 bytes a member and thread,
/// 16 MiB of symbols of a round. `instance`, of kind class, and `options` must outlive it.
std::unique_ptr<Run> make_elimination_run(const Instance& instance, const SampleOptions& options,
                                          RunSettings settings);

}  // namespace wend
