#pragma once

#include "host/instances/instance.hpp"
#include "wend/means.hpp"

namespace wend {

/// Throws Error(kUsage) for options that contradict each other or do not fit the instance.
/// Otherwise returns them with defaults filled in: one of `relative_error` and `queries`, `of` in
/// the order of MeanOf and each once, `delta` with class-elimination.
MeansOptions resolve_means(const InstanceFacts& facts, const MeansOptions& options);

/// True if the instance has an end symbol, 0, which ends a sequence early.
bool has_end(const InstanceFacts& facts);

}  // namespace wend
