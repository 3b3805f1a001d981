#pragma once

#include <atomic>

#include "host/instances/instance.hpp"
#include "wend/means.hpp"

namespace wend {

/// Means over samples of class-elimination, as many as `options.relative_error` needs: runs that
/// grow, each from the beginning, the last of which counts; the queries are those of all. `options`
/// as resolve_means() returns them.
void estimate_by_elimination(const Instance& instance, const MeansOptions& options,
                             const std::atomic<bool>& stop, MeansResult& result);

}  // namespace wend
