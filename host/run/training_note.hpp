#pragma once

#include <string>

#include "host/run/family.hpp"
#include "wend/sample.hpp"

namespace wend {

/// Adaptation::note of a family that was asked for by its name, where `taken` is what a run gets.
/// `unpaid`: that is the untrained estimate, by what `max_queries` pays for.
std::string training_note(Adapt asked, const Family& taken, const Family& untrained, bool unpaid,
                          const InstanceFacts& facts);

}  // namespace wend
