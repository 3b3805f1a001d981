#include "host/oracles/neural/reader.hpp"

#include <algorithm>
#include <utility>

namespace wend {

using kernels::padded;

NetworkReader::NetworkReader(const Network& network, std::span<const std::uint32_t> prompt,
                             const kernels::RowLaw& law, const Sizes& sizes,
                             std::unique_ptr<NetworkOperations> operations)
    : network_(network),
      prompt_symbols_(prompt),
      law_(law),
      sizes_(sizes),
      hidden_stride_(padded(network.hidden_size())),
      logit_stride_(padded(network.head().outputs())),
      operations_(std::move(operations)),
      pool_(network.state_floats() > 0 ? sizes.slots : 0, sizes.horizon - 1, network.state_floats(),
            operations_->allocate(
                StatePool::floats(sizes.slots, sizes.horizon - 1, network.state_floats()))),
      workspace_(operations_->allocate(network.workspace_floats(sizes.block))),
      hidden_(operations_->allocate(sizes.max_batch * hidden_stride_)),
      logits_(logit_stride_ == network.head().outputs()
                  ? nullptr
                  : operations_->allocate(sizes.block * logit_stride_)) {}

std::uint64_t NetworkReader::workspace_floats(const Network& network, std::uint32_t block,
                                              std::uint32_t alphabet) {
  const std::uint64_t logits = padded(alphabet) == alphabet ? 0 : padded(alphabet);
  return network.workspace_floats(block) + block * logits;
}

std::uint64_t NetworkReader::node_bytes(const Network& network, std::uint32_t horizon) {
  const std::uint64_t rows = network.state_floats() > 0 ? horizon - 1 : 1;
  return rows * (sizeof(NetworkRow) + network.window() * sizeof(std::uint32_t));
}

// The last window() symbols of the prompt and a prefix, kNoSymbol before their beginning.
void NetworkReader::add_window(std::span<const std::uint32_t> prefix) {
  const std::size_t all = prompt_symbols_.size() + prefix.size();
  for (std::size_t k = network_.window(); k > 0; --k) {
    if (k > all)
      recent_.push_back(kNoSymbol);
    else if (all - k < prompt_symbols_.size())
      recent_.push_back(prompt_symbols_[all - k]);
    else
      recent_.push_back(prefix[all - k - prompt_symbols_.size()]);
  }
}

NeuralPrompt NetworkReader::read_prompt() {
  const std::uint32_t size = prompt_size();
  float* states = operations_->allocate(size * network_.state_floats());
  float* hidden = operations_->allocate(hidden_stride_);
  // A network of windows needs no position but the last, which an empty prompt has, too.
  const std::uint32_t end = std::max(size, 1U);
  const std::uint32_t begin = network_.state_floats() > 0 ? 0 : end - 1;
  const std::uint32_t step = network_.one_at_a_time() ? 1 : sizes_.block;
  recent_.clear();
  if (network_.window() > 0) add_window({});
  for (std::uint32_t first = begin; first < end; first += step) {
    rows_.clear();
    for (std::uint32_t at = first; at < std::min(end, first + step); ++at)
      rows_.push_back({size == 0 ? kNoSymbol : prompt_symbols_[at], at, 0, nullptr, states,
                       recent_.empty() ? nullptr : recent_.data(),
                       at + 1 == end ? hidden : nullptr});
    network_.read(rows_, workspace_, *operations_);
  }
  return {states, hidden};
}

void NetworkReader::expand(const OracleBatch& batch, const NeuralPrompt& prompt, float* log_ratio) {
  try {
    gather(batch, prompt);
    read();
  } catch (...) {
    pool_.forget();  // what was to be read
    throw;
  }
  for (std::uint32_t i = 0; i < batch.size; ++i)
    if (batch.depth[i] == 0)
      operations_->copy(hidden_ + i * hidden_stride_, prompt.hidden, hidden_stride_);
  const std::uint32_t alphabet = network_.head().outputs();
  for (std::uint32_t first = 0; first < batch.size; first += sizes_.block) {
    const std::uint32_t count = std::min(sizes_.block, batch.size - first);
    float* out = log_ratio + std::uint64_t{first} * alphabet;
    const RowVectors logits{logits_ == nullptr ? out : logits_, logit_stride_, alphabet};
    operations_->multiply(
        network_.head(), count,
        {hidden_ + first * hidden_stride_, hidden_stride_, network_.hidden_size()}, logits);
    operations_->log_probabilities(count, logits, law_, out);
  }
}

void NetworkReader::gather(const OracleBatch& batch, const NeuralPrompt& prompt) {
  rows_.clear();
  wave_ends_.clear();
  recent_.clear();
  found_.clear();
  pool_.begin_call();
  std::uint32_t most = 0;
  for (std::uint32_t i = 0; i < batch.size; ++i) {
    const std::uint32_t depth = batch.depth[i];
    StatePool::Found found{nullptr, depth};
    if (depth > 0 && network_.state_floats() > 0)
      found = pool_.find(batch.slot[i], {batch.prefix[i], depth});
    // What follows from the last symbol is not kept: it is read again.
    if (depth > 0) found.known = std::min(found.known, depth - 1);
    found_.push_back(found);
    most = std::max(most, depth - found.known);
  }
  for (std::uint32_t wave = 0; wave < most; ++wave) {
    for (std::uint32_t i = 0; i < batch.size; ++i) {
      const std::uint32_t at = found_[i].known + wave;
      if (at >= batch.depth[i]) continue;
      float* hidden = at + 1 == batch.depth[i] ? hidden_ + i * hidden_stride_ : nullptr;
      rows_.push_back({batch.prefix[i][at], prompt_size() + at, prompt_size(), prompt.states,
                       found_[i].states, nullptr, hidden});
      if (network_.window() > 0) add_window({batch.prefix[i], std::size_t{at} + 1});
    }
    wave_ends_.push_back(rows_.size());
  }
  for (std::size_t i = 0; network_.window() > 0 && i < rows_.size(); ++i)
    rows_[i].recent = recent_.data() + i * network_.window();
}

void NetworkReader::read() {
  const std::span<const NetworkRow> rows(rows_);
  std::size_t first = 0;
  for (std::size_t wave = 0; wave < wave_ends_.size(); ++wave) {
    const bool joined = !network_.one_at_a_time() && wave + 1 < wave_ends_.size();
    if (joined) continue;
    while (first < wave_ends_[wave]) {
      const std::size_t count = std::min<std::size_t>(sizes_.block, wave_ends_[wave] - first);
      network_.read(rows.subspan(first, count), workspace_, *operations_);
      first += count;
    }
  }
}

}  // namespace wend
