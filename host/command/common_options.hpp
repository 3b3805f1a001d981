#pragma once

#include <CLI/CLI.hpp>
#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "wend/algorithm.hpp"

// Options that several commands have, alike in each.
namespace wend {

/// --seed and --threads.
void add_run_options(CLI::App& app, std::uint64_t& seed, unsigned& threads);

/// --backend.
void add_backend(CLI::App& app, Backend& backend);

/// --memo and --max-batch, of what is asked in batches.
void add_asking_options(CLI::App& app, std::optional<std::uint64_t>& memo_bytes,
                        std::uint32_t& max_batch);

/// --self-test, of an oracle that is asked.
void add_self_test(CLI::App& app, SelfTest& test);

/// Of those that need an oracle that is asked, the last one that was given; empty if none was.
std::string asking_option(const CLI::App& app);

/// --stop-signal, of the commands that draw.
void add_stop_signal(CLI::App& app, std::optional<int>& signal);

}  // namespace wend
