#pragma once

#include <cstdint>

#include "wend/oracle.hpp"

namespace wend {

/// Asks an oracle for the rows of some prefixes, reached by drawing from its own rows, again: each
/// alone, all in one batch in slots of others, and in a slot that has been deeper meanwhile.
/// Returns the rows that it asked for. Throws Error(kRuntime), with the largest difference, if
/// answers differ; OracleFailure if it throws. `slots` >= 1: chains that the run will have;
/// max_batch: its limit, or 0.
std::uint64_t test_oracle(BatchOracle& oracle, std::uint64_t slots, std::uint32_t max_batch,
                          std::uint64_t seed);

}  // namespace wend
