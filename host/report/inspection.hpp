#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "host/instances/instance.hpp"

namespace wend {

/// An instance's facts and, for every algorithm, its table's bytes, K and the most that a sample is
/// expected to cost with the command's defaults: what `wend inspect --json` prints (docs/command.md
/// lists the keys). Throws Error.
nlohmann::ordered_json inspection_report(const Instance& instance);

/// The same for people.
std::string inspection_text(const Instance& instance);

}  // namespace wend
