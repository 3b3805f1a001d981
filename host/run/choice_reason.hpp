#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "wend/choice.hpp"

namespace wend {

/// Why the one was chosen, and what the others would take, in a person's words and one line.
std::string choice_reason(std::span<const Candidate> candidates, std::size_t chosen, double delta,
                          bool by_evaluations);

}  // namespace wend
