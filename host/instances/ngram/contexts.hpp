#pragma once

#include <cstdint>
#include <string>

namespace wend {

/// letters^0 + ... + letters^(order-1), or the largest number if it is larger than that.
std::uint64_t count_contexts(std::uint64_t letters, std::uint32_t order);

/// Refuses models of more contexts than can be numbered or than there is memory for: Error(kInput),
/// which starts with `where`.
void check_model_memory(std::uint64_t contexts, std::uint32_t alphabet, const std::string& where);

}  // namespace wend
