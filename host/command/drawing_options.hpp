#pragma once

#include <CLI/CLI.hpp>

#include "wend/sample.hpp"

namespace wend {

/// What `wend sample` and `wend plan` have in common: all that says what is drawn but for how.
void add_drawing_options(CLI::App& app, SampleOptions& options);

}  // namespace wend
