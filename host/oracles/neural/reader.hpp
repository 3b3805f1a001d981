#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "host/oracles/neural/network.hpp"
#include "host/oracles/neural/operations.hpp"
#include "host/oracles/neural/state_pool.hpp"
#include "kernels/neural/log_probabilities.hpp"
#include "wend/oracle.hpp"

namespace wend {

/// What a network has read before a sequence begins, in memory of whoever computes.
struct NeuralPrompt {
  const float* states = nullptr;  ///< prompt x state_floats
  const float* hidden = nullptr;  ///< behind its last symbol
};

/// Rows of a network for the nodes of a batch: finds what a slot's states have of a prefix, reads
/// the symbols that are new, wave after wave, and turns hidden values into log-probabilities.
class NetworkReader {
 public:
  struct Sizes {
    std::uint32_t horizon;
    std::uint64_t slots;      ///< whose states are kept
    std::uint32_t block;      ///< rows that are read at once
    std::uint32_t max_batch;  ///< nodes of a call, at most as many as slots
  };
  /// All of these must outlive it.
  NetworkReader(const Network& network, std::span<const std::uint32_t> prompt,
                const kernels::RowLaw& law, const Sizes& sizes,
                std::unique_ptr<NetworkOperations> operations);

  /// Floats that operations are asked for by one, and bytes of the host's of a node of its batches.
  static std::uint64_t workspace_floats(const Network& network, std::uint32_t block,
                                        std::uint32_t alphabet);
  static std::uint64_t node_bytes(const Network& network, std::uint32_t horizon);

  /// Reads the prompt, in memory that lives as long as this.
  [[nodiscard]] NeuralPrompt read_prompt();

  /// Rows of all nodes: size x A at `log_ratio`, memory of whoever computes.
  void expand(const OracleBatch& batch, const NeuralPrompt& prompt, float* log_ratio);

 private:
  [[nodiscard]] std::uint32_t prompt_size() const {
    return static_cast<std::uint32_t>(prompt_symbols_.size());
  }
  void add_window(std::span<const std::uint32_t> prefix);
  void gather(const OracleBatch& batch, const NeuralPrompt& prompt);
  void read();

  const Network& network_;
  std::span<const std::uint32_t> prompt_symbols_;
  const kernels::RowLaw& law_;
  Sizes sizes_;
  std::uint64_t hidden_stride_;
  std::uint64_t logit_stride_;
  std::unique_ptr<NetworkOperations> operations_;
  StatePool pool_;
  float* workspace_;
  float* hidden_;                       // max_batch x hidden_stride
  float* logits_;                       // block x logit_stride, or null: they go where rows do
  std::vector<NetworkRow> rows_;        // the first new symbols of all nodes, then the second ones
  std::vector<std::size_t> wave_ends_;  // where each of these ends
  std::vector<std::uint32_t> recent_;   // windows of the rows
  std::vector<StatePool::Found> found_;
};

}  // namespace wend
