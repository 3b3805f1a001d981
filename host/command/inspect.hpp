#pragma once

#include "host/command/options.hpp"

namespace wend {

/// The text of an instance's facts and, for every algorithm, its table's bytes, K and the most that
/// a sample is expected to cost. Throws Error.
std::string run_inspect(const InspectCommand& command);

}  // namespace wend
