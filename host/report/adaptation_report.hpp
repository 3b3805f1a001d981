#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "wend/adaptation.hpp"

namespace wend {

/// One line for a person: which estimate was drawn by and what others would have cost.
std::string adaptation_text(const Adaptation& adaptation);

/// For reports; null without one.
nlohmann::ordered_json adaptation_json(const std::optional<Adaptation>& adaptation);

}  // namespace wend
