#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "wend/sample.hpp"

namespace wend {

/// A counter as a column of an output file: a value a chain.
struct ChainColumn {
  std::string name;
  std::function<std::uint64_t(std::uint64_t chain)> value;
};

/// The counters of a run's chains, in the order of the output. They refer to `result`.
std::vector<ChainColumn> chain_columns(const SampleResult& result, std::uint32_t alphabet);

/// Draws of each chain.
const std::vector<std::uint64_t>& chain_samples(const SampleResult& result);

}  // namespace wend
