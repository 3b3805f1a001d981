#include "host/oracles/neural/neural_oracle.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <utility>

#include "host/base/printable.hpp"
#include "host/base/utf8.hpp"
#include "host/oracles/neural/solo_group.hpp"
#include "host/oracles/neural/state_pool.hpp"

namespace wend {
namespace {

using kernels::padded;

// Nodes of a call, at most.
constexpr std::uint32_t kMostBatch = 256;
constexpr std::uint64_t kMostSlots = std::uint64_t{1} << 16U;  // of a context
constexpr std::uint64_t kFewSlots = 16;  // below which fewer contexts are better

/// Names that can be shown: bytes that are no text in hexadecimal.
std::vector<std::string> names_of(const std::vector<std::string>& symbols) {
  std::vector<std::string> names;
  names.reserve(symbols.size());
  for (const std::string& symbol : symbols) {
    std::u32string points;
    names.push_back(append_utf8(symbol, points) ? symbol : printable(symbol, symbol.size()));
  }
  return names;
}

OracleTraits traits_of(const NeuralTarget& target, const NeuralMemory& memory) {
  OracleTraits traits;
  traits.name = "neural";
  traits.alphabet = target.alphabet;
  traits.horizon = target.horizon;
  traits.end = target.end;
  traits.symbol_names = names_of(target.symbols);
  traits.symbol_bytes = target.symbols;
  traits.contexts = memory.contexts;
  traits.max_batch = memory.max_batch;
  if (target.law.power >= 1) {
    traits.ratio_bound.assign(target.horizon, 1.0);
    traits.kappa_by_depth.assign(target.horizon, 1.0);
    traits.kappa_why = "no row of probabilities sums to more than 1";
  } else {
    const std::uint32_t kept = target.law.top_k == 0 ? target.alphabet : target.law.top_k;
    // By concavity; and what the sum of the row's masses is rounded to.
    const double bound = std::pow(kept, 1 - target.law.power) * (1 + 1e-9);
    traits.ratio_bound.assign(target.horizon, bound);
  }
  return traits;
}

/// A symbol that is new to a slot, and the node of the batch whose last one it is.
struct Reading {
  NetworkRow row;
  std::uint32_t node;
};

/// What a node of a batch takes at most: hidden values, and its readings with their windows.
std::uint64_t node_bytes(const Network& network, const NeuralTarget& target) {
  const std::uint64_t readings = network.state_floats() > 0 ? target.horizon - 1 : 1;
  return padded(network.hidden_size()) * sizeof(float) +
         readings * (sizeof(Reading) + network.window() * sizeof(std::uint32_t));
}

class NeuralOracle final : public BatchOracle {
 public:
  NeuralOracle(std::shared_ptr<const Network> network, const NeuralTarget& target,
               const NeuralMemory& memory)
      : network_(std::move(network)),
        target_(target),
        traits_(traits_of(target, memory)),
        hidden_stride_(padded(network_->hidden_size())),
        logit_stride_(padded(target.alphabet)),
        slots_(memory.slots / memory.contexts),
        contexts_(memory.contexts) {
    read_prompt();
  }

  static std::uint32_t positions(const NeuralTarget& target) {
    return static_cast<std::uint32_t>(target.prompt.size()) + target.horizon - 1;
  }

  [[nodiscard]] const OracleTraits& traits() const override { return traits_; }

  void expand(std::uint32_t context_number, const OracleBatch& batch,
              const OracleRows& rows) override {
    Context& context = context_of(context_number);
    context.hidden.resize(batch.size * hidden_stride_);
    try {
      gather(context, batch);
      read(context);
    } catch (...) {
      context.pool.forget();  // what was to be read
      throw;
    }
    for (std::uint32_t i = 0; i < batch.size; ++i)
      if (batch.depth[i] == 0)
        std::ranges::copy(root_hidden_, context.hidden.data() + i * hidden_stride_);
    const SoloNeuralGroup group;
    for (std::uint32_t first = 0; first < batch.size; first += kNeuralBlock) {
      const std::uint32_t count = std::min(kNeuralBlock, batch.size - first);
      network_->head().multiply(count, context.hidden.data() + first * hidden_stride_,
                                hidden_stride_, context.logits.data(), logit_stride_);
      for (std::uint32_t i = 0; i < count; ++i)
        kernels::log_probabilities(group, context.logits.data() + i * logit_stride_,
                                   target_.alphabet, target_.law,
                                   rows.log_ratio + std::size_t{first + i} * target_.alphabet);
    }
  }

 private:
  static constexpr std::uint32_t kNotLast = 0xFFFFFFFFU;

  struct Context {
    Context(StatePool states, std::uint64_t workspace_floats, std::uint64_t hidden_stride,
            std::uint64_t logit_stride)
        : pool(std::move(states)),
          workspace(workspace_floats),
          block_hidden(kNeuralBlock * hidden_stride),
          logits(kNeuralBlock * logit_stride) {}

    StatePool pool;
    TableMemory<float> workspace;
    std::vector<float> block_hidden;
    std::vector<float> logits;
    std::vector<float> hidden;           // a node of the batch
    std::vector<Reading> readings;       // the first new symbols of all nodes, then the second ones
    std::vector<std::size_t> wave_ends;  // where each of these ends
    std::vector<std::uint32_t> recent;   // windows of the readings
    std::vector<StatePool::Found> found;
  };

  /// Made by its first call: a run of few chains calls few of them.
  Context& context_of(std::uint32_t number) {
    std::unique_ptr<Context>& context = contexts_[number];
    if (!context) {
      const bool keeps = network_->state_floats() > 0;
      context = std::make_unique<Context>(
          StatePool(keeps ? slots_ : 0, target_.horizon - 1, network_->state_floats()),
          network_->workspace_floats(kNeuralBlock, positions(target_)), hidden_stride_,
          logit_stride_);
    }
    return *context;
  }

  [[nodiscard]] std::uint32_t prompt_size() const {
    return static_cast<std::uint32_t>(target_.prompt.size());
  }

  /// The last window() symbols of the prompt and a prefix, kNoSymbol before their beginning.
  void add_window(std::span<const std::uint32_t> prefix, std::vector<std::uint32_t>& recent) const {
    const std::uint32_t window = network_->window();
    const std::size_t all = target_.prompt.size() + prefix.size();
    for (std::uint32_t k = window; k > 0; --k) {
      if (k > all)
        recent.push_back(kNoSymbol);
      else if (all - k < target_.prompt.size())
        recent.push_back(target_.prompt[all - k]);
      else
        recent.push_back(prefix[all - k - target_.prompt.size()]);
    }
  }

  void gather(Context& context, const OracleBatch& batch) const {
    context.readings.clear();
    context.wave_ends.clear();
    context.recent.clear();
    context.found.clear();
    context.pool.begin_call();
    std::uint32_t most = 0;
    for (std::uint32_t i = 0; i < batch.size; ++i) {
      const std::uint32_t depth = batch.depth[i];
      StatePool::Found found{nullptr, depth};
      if (depth > 0 && network_->state_floats() > 0)
        found = context.pool.find(batch.slot[i], {batch.prefix[i], depth});
      // What follows from the last symbol is not kept: it is read again.
      if (depth > 0) found.known = std::min(found.known, depth - 1);
      context.found.push_back(found);
      most = std::max(most, depth - found.known);
    }
    for (std::uint32_t wave = 0; wave < most; ++wave) {
      for (std::uint32_t i = 0; i < batch.size; ++i) {
        const std::uint32_t at = context.found[i].known + wave;
        if (at >= batch.depth[i]) continue;
        const NetworkRow row{batch.prefix[i][at],   prompt_size() + at,      prompt_size(),
                             prompt_states_.data(), context.found[i].states, nullptr};
        context.readings.push_back({row, at + 1 == batch.depth[i] ? i : kNotLast});
        if (network_->window() > 0)
          add_window({batch.prefix[i], std::size_t{at} + 1}, context.recent);
      }
      context.wave_ends.push_back(context.readings.size());
    }
    for (std::size_t i = 0; network_->window() > 0 && i < context.readings.size(); ++i)
      context.readings[i].row.recent = context.recent.data() + i * network_->window();
  }

  /// All readings, in blocks, and what they come to in context.hidden.
  void read(Context& context) const {
    std::vector<NetworkRow> block;
    std::size_t first = 0;
    for (std::size_t wave = 0; wave < context.wave_ends.size(); ++wave) {
      const bool joined = !network_->one_at_a_time() && wave + 1 < context.wave_ends.size();
      if (joined) continue;
      while (first < context.wave_ends[wave]) {
        const std::size_t count =
            std::min<std::size_t>(kNeuralBlock, context.wave_ends[wave] - first);
        block.clear();
        for (std::size_t i = first; i < first + count; ++i)
          block.push_back(context.readings[i].row);
        network_->read(block, context.workspace.data(), context.block_hidden.data());
        for (std::size_t i = 0; i < count; ++i) {
          const std::uint32_t node = context.readings[first + i].node;
          if (node != kNotLast)
            std::copy_n(context.block_hidden.data() + i * hidden_stride_, hidden_stride_,
                        context.hidden.data() + node * hidden_stride_);
        }
        first += count;
      }
    }
  }

  /// Reads the prompt, once for all slots.
  void read_prompt() {
    const std::uint32_t size = prompt_size();
    prompt_states_ = TableMemory<float>(size * network_->state_floats());
    root_hidden_.assign(hidden_stride_, 0.0F);
    Context& context = context_of(0);
    std::vector<std::uint32_t> recent;
    // A network of windows needs no position but the last, which an empty prompt has, too.
    const std::uint32_t begin = network_->state_floats() > 0 ? 0 : std::max(size, 1U) - 1;
    const std::uint32_t step = network_->one_at_a_time() ? 1 : kNeuralBlock;
    for (std::uint32_t first = begin; first < std::max(size, begin + 1); first += step) {
      std::vector<NetworkRow> block;
      const std::uint32_t end = std::min(std::max(size, 1U), first + step);
      if (network_->window() > 0) add_window({}, recent);
      for (std::uint32_t at = first; at < end; ++at)
        block.push_back({size == 0 ? kNoSymbol : target_.prompt[at], at, 0, nullptr,
                         prompt_states_.data(), recent.empty() ? nullptr : recent.data()});
      network_->read(block, context.workspace.data(), context.block_hidden.data());
      std::copy_n(context.block_hidden.data() + (block.size() - 1) * hidden_stride_, hidden_stride_,
                  root_hidden_.data());
    }
  }

  std::shared_ptr<const Network> network_;
  NeuralTarget target_;
  OracleTraits traits_;
  std::uint64_t hidden_stride_;
  std::uint64_t logit_stride_;
  TableMemory<float> prompt_states_;  // prompt x state_floats
  std::vector<float> root_hidden_;    // behind the prompt
  std::uint64_t slots_;               // of a context
  std::vector<std::unique_ptr<Context>> contexts_;
};

}  // namespace

NeuralMemory neural_memory(const Network& network, const NeuralTarget& target,
                           std::uint32_t most_contexts, std::uint64_t available) {
  NeuralMemory memory;
  memory.weights = network.weight_bytes();
  const std::uint64_t state = network.state_floats() * sizeof(float);
  memory.prompt = target.prompt.size() * state;
  memory.slot = (target.horizon - 1) * (state + (state > 0 ? sizeof(std::uint32_t) : 0));
  const std::uint64_t node = node_bytes(network, target);
  const std::uint64_t fixed =
      (network.workspace_floats(kNeuralBlock, NeuralOracle::positions(target)) +
       kNeuralBlock * (std::uint64_t{padded(network.hidden_size())} + padded(target.alphabet))) *
      sizeof(float);
  const std::uint64_t few = fixed + kFewSlots * (memory.slot + node);
  memory.contexts =
      static_cast<std::uint32_t>(std::clamp<std::uint64_t>(available / few, 1, most_contexts));
  const std::uint64_t share = available / memory.contexts;
  const std::uint64_t left = share - std::min(share, fixed);
  // As many as a batch may have take both; further ones their states alone.
  std::uint64_t slots = left / (memory.slot + node);
  if (slots > kMostBatch && memory.slot > 0)
    slots = std::min(kMostSlots, (left - kMostBatch * node) / memory.slot);
  else
    slots = std::clamp<std::uint64_t>(slots, 1, kMostBatch);
  memory.max_batch = static_cast<std::uint32_t>(std::min<std::uint64_t>(slots, kMostBatch));
  memory.slots = memory.contexts * slots;
  memory.workspace = memory.contexts * (fixed + memory.max_batch * node);
  return memory;
}

std::shared_ptr<BatchOracle> make_neural_oracle(std::shared_ptr<const Network> network,
                                                const NeuralTarget& target,
                                                const NeuralMemory& memory) {
  return std::make_shared<NeuralOracle>(std::move(network), target, memory);
}

}  // namespace wend
