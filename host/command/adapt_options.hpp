#pragma once

#include <CLI/CLI.hpp>

#include "wend/sample.hpp"

namespace wend {

/// Adds --adapt and what goes with it.
void add_adapt_options(CLI::App& app, SampleOptions& options);

}  // namespace wend
