#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "wend/choice.hpp"

namespace wend {

/// Whether one was asked for: its cost is measured.
bool is_measured(const Candidate& candidate);

/// Why the one was chosen, and what the others would take, in a person's words and one line.
std::string choice_reason(std::span<const Candidate> candidates, std::size_t chosen,
                          bool by_evaluations);

}  // namespace wend
