#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wend {

/// The one of `names` that `text` is most likely a slip of: within two letters too many, missing,
/// wrong or swapped with the next, and fewer than half of its own. nullopt: none is.
std::optional<std::string> suggestion(std::string_view text, const std::vector<std::string>& names);

}  // namespace wend
