#pragma once

#include <nlohmann/json_fwd.hpp>

#include "wend/choice.hpp"

namespace wend {

/// What was chosen, among what and why, as docs/command.md lists it; without what a run takes on
/// this machine. Figures that are not known are null.
nlohmann::ordered_json choice_json(const Choice& choice);

/// One of its candidates.
nlohmann::ordered_json candidate_json(const Candidate& candidate);

}  // namespace wend
