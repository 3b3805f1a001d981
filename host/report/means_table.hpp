#pragma once

#include <string>

#include "host/instances/instance.hpp"
#include "wend/means.hpp"

namespace wend {

/// The table that `wend estimate` prints: what was found, with standard errors, and what it took.
/// Of each position the most likely symbols; of many positions the first and the last.
std::string means_table(const InstanceFacts& facts, const MeansOptions& options,
                        const MeansResult& result);

/// One line of at most 79 columns, while a run goes on.
std::string means_line(const MeansProgress& so_far);

}  // namespace wend
