#pragma once

#include <cstdint>
#include <span>

#include "wend/oracle.hpp"

namespace wend {

/// What an oracle says of prefixes, in one call: ln( w(c)/w(u) ) of each child, prefixes.size() x
/// A, -inf where w(c) is 0; not checked. Of one that answers in masses the root's row is ln w(c) on
/// the row's own scale. Prefixes are shorter than H, symbols below A, and none passes an end
/// symbol; no more of them than traits().max_batch and traits().most_slots, where those are not 0.
/// Throws what the oracle does.
void ask_rows(BatchOracle& oracle, std::span<const std::span<const std::uint32_t>> prefixes,
              float* log_ratio);

}  // namespace wend
