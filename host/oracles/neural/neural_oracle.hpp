#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "host/oracles/neural/network.hpp"
#include "kernels/neural/log_probabilities.hpp"
#include "wend/oracle.hpp"

namespace wend {

/// Rows that a neural oracle reads at once on the CPU, at most.
inline constexpr std::uint32_t kNeuralBlock = 64;

/// What is drawn from a network.
struct NeuralTarget {
  std::uint32_t alphabet = 0;
  std::uint32_t horizon = 0;
  std::vector<std::uint32_t> prompt;  ///< symbols before the sequence
  std::vector<std::uint32_t> end;     ///< ascending
  std::vector<std::string> symbols;   ///< the bytes that they stand for: A strings, or none
  kernels::RowLaw law;
};

/// What a neural oracle takes of memory, in bytes, and what follows from it.
struct NeuralMemory {
  std::uint32_t contexts = 1;
  std::uint32_t max_batch = 1;  ///< nodes of a call, at most as many as a context has slots
  std::uint64_t weights = 0;
  std::uint64_t prompt = 0;     ///< states of the prompt, which all slots share
  std::uint64_t slot = 0;       ///< states of a slot's prefix
  std::uint64_t slots = 0;      ///< whose states are kept, over all contexts
  std::uint64_t workspace = 0;  ///< of all contexts; a context that is never called takes none

  [[nodiscard]] std::uint64_t total() const { return weights + prompt + slot * slots + workspace; }
};

/// Positions that the network may be asked about: of the prompt, and of all prefixes.
std::uint32_t neural_positions(const NeuralTarget& target);

/// What decides how a neural oracle is asked.
struct NeuralLimits {
  std::uint32_t contexts = 1;
  std::uint32_t block = kNeuralBlock;  ///< rows that are read at once
  std::uint32_t max_batch = 256;       ///< nodes of a call
};

/// Rows that a GPU reads at once, at least.
inline constexpr std::uint32_t kLeastCudaBlock = 64;
/// Those of a GPU: as many rows and nodes as fill one, within a quarter of a GiB of logits.
NeuralLimits cuda_neural_limits(std::uint32_t alphabet);

/// What it takes with as many slots as fit `available` bytes. Where less than 16 a context would,
/// there are fewer contexts than `most` has; one of one slot at least, whether it fits or not.
NeuralMemory neural_memory(const Network& network, const NeuralTarget& target,
                           const NeuralLimits& most, std::uint64_t available);

/// What is known of the rows of a network: see make_neural_oracle.
OracleTraits neural_traits(const NeuralTarget& target, const NeuralMemory& memory);

/// Conditional log-probabilities of a network after its prompt. With power >= 1 no row sums to more
/// than 1, in floating point too (kernels::log_probabilities), so that w(u), the product along the
/// path, is an upper bound: it states ratio_bound and kappa_by_depth of 1. With power < 1 a row of
/// k symbols sums to at most k^(1 - power), which it states as ratio_bound. Rows are a function of
/// the prefix, bit for bit. Its bucket_features() are of symbols: embedding_features(). It has a
/// twin on a GPU (HasDeviceTwin).
std::shared_ptr<BatchOracle> make_neural_oracle(std::shared_ptr<const Network> network,
                                                const NeuralTarget& target,
                                                const NeuralMemory& memory);

}  // namespace wend
