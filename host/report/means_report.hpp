#pragma once

#include <nlohmann/json_fwd.hpp>

#include "host/instances/instance.hpp"
#include "wend/means.hpp"

namespace wend {

/// What `wend estimate --json` prints; docs/command.md lists its keys. What was not asked for is
/// null, but `length` and `symbols`, which are then not there.
nlohmann::ordered_json means_report(const InstanceFacts& facts, const MeansOptions& options,
                                    const MeansResult& result);

}  // namespace wend
