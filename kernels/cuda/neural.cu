// What stands between the products of a network: a warp a row.
#include "kernels/cuda/check.hpp"
#include "kernels/cuda/neural.hpp"
#include "kernels/cuda/neural_group.cuh"
#include "kernels/neural/embedding.hpp"

namespace wend::kernels {
namespace {

constexpr unsigned kWarps = 4;  // a block
constexpr unsigned kThreads = kWarps * WarpNeuralGroup::kSize;
constexpr std::uint32_t kMostBlocks = 1U << 16U;

struct Embed {
  const NetworkRow* rows;
  Embeddings table;
  RowVectors out;
  __device__ void operator()(const WarpNeuralGroup& group, std::uint32_t i) const {
    unpack_output(group, table.weights, table.inputs, rows[i].symbol, out.of(i));
  }
};

struct EmbedWindow {
  const NetworkRow* rows;
  Embeddings table;
  std::uint32_t window;
  RowVectors out;
  __device__ void operator()(const WarpNeuralGroup& group, std::uint32_t i) const {
    unpack_window(group, table.weights, table.inputs, rows[i].recent, window, out.of(i));
  }
};

struct RmsNorm {
  RowVectors x;
  const float* weight;
  float epsilon;
  RowVectors out;
  __device__ void operator()(const WarpNeuralGroup& group, std::uint32_t i) const {
    rms_norm(group, x.of(i), weight, epsilon, x.size, out.of(i));
  }
};

struct Add {
  RowVectors x;
  RowVectors sum;
  __device__ void operator()(const WarpNeuralGroup& group, std::uint32_t i) const {
    add_to(group, x.of(i), x.size, sum.of(i));
  }
};

struct SwiGlu {
  RowVectors gate;
  RowVectors up;
  __device__ void operator()(const WarpNeuralGroup& group, std::uint32_t i) const {
    swiglu(group, gate.of(i), up.of(i), gate.size, gate.of(i));
  }
};

struct Activate {
  Activation activation;
  RowVectors x;
  __device__ void operator()(const WarpNeuralGroup& group, std::uint32_t i) const {
    activate(group, activation, x.size, x.of(i));
  }
};

struct LoadState {
  const NetworkRow* rows;
  StatePart part;
  RowVectors out;
  __device__ void operator()(const WarpNeuralGroup& group, std::uint32_t i) const {
    load_state(group, rows[i], part, out.of(i));
  }
};

struct StoreState {
  const NetworkRow* rows;
  StatePart part;
  RowVectors values;
  __device__ void operator()(const WarpNeuralGroup& group, std::uint32_t i) const {
    store_state(group, rows[i], part, values.of(i));
  }
};

struct Rotate {
  const NetworkRow* rows;
  AttentionLayer layer;
  const float* cosines;
  const float* sines;
  RowVectors heads;
  __device__ void operator()(const WarpNeuralGroup& group, std::uint32_t i) const {
    rotate_heads(group, layer, cosines, sines, rows[i], heads.of(i));
  }
};

struct Gru {
  RowVectors from_input;
  RowVectors from_state;
  RowVectors state;
  RowVectors next;
  __device__ void operator()(const WarpNeuralGroup& group, std::uint32_t i) const {
    gru_cell(group, from_input.of(i), from_state.of(i), state.of(i), next.size, next.of(i));
  }
};

struct Lstm {
  RowVectors from_input;
  RowVectors from_state;
  RowVectors cell;
  RowVectors next;
  RowVectors next_cell;
  __device__ void operator()(const WarpNeuralGroup& group, std::uint32_t i) const {
    lstm_cell(group, from_input.of(i), from_state.of(i), cell.of(i), next.size, next.of(i),
              next_cell.of(i));
  }
};

struct HandOut {
  const NetworkRow* rows;
  RowVectors hidden;
  __device__ void operator()(const WarpNeuralGroup& group, std::uint32_t i) const {
    float* to = rows[i].hidden;
    if (to == nullptr) return;
    for (std::uint32_t k = group.rank(); k < hidden.size; k += WarpNeuralGroup::kSize)
      to[k] = hidden.of(i)[k];
  }
};

template <class Work>
__global__ void __launch_bounds__(kThreads)
    rows_kernel(const std::uint32_t count, const __grid_constant__ Work work) {
  const WarpNeuralGroup group;
  for (std::uint32_t i = blockIdx.x * kWarps + threadIdx.x / WarpNeuralGroup::kSize; i < count;
       i += gridDim.x * kWarps)
    work(group, i);
}

__global__ void __launch_bounds__(kThreads)
    attend_kernel(const NetworkRow* rows, const std::uint32_t count, const AttentionLayer layer,
                  const AttentionScores scores, const RowVectors queries, const RowVectors out) {
  const WarpNeuralGroup group;
  const std::uint32_t warp = blockIdx.x * kWarps + threadIdx.x / WarpNeuralGroup::kSize;
  if (warp >= scores.warps) return;
  const std::uint64_t heads = std::uint64_t{count} * layer.heads;
  for (std::uint64_t i = warp; i < heads; i += scores.warps) {
    const std::uint64_t row = i / layer.heads;
    attend_head(group, layer, rows[row], static_cast<std::uint32_t>(i % layer.heads),
                queries.of(row), scores.scores + warp * scores.positions, out.of(row));
  }
}

template <std::uint32_t kBlock>
__global__ void __launch_bounds__(kBlock)
    log_probabilities_kernel(const std::uint32_t count, const RowVectors logits, const RowLaw law,
                             float* out) {
  using Group = BlockLawGroup<kBlock>;
  __shared__ typename Group::Exchange exchange;
  const Group group(exchange);
  for (std::uint32_t i = blockIdx.x; i < count; i += gridDim.x) {
    log_probabilities(group, logits.of(i), logits.size, law, out + std::uint64_t{i} * logits.size);
    group.sync();
  }
}

template <class... Parameters, class... Arguments>
void launch(const char* what, void (*kernel)(Parameters...), std::uint32_t blocks, unsigned threads,
            cudaStream_t stream, const Arguments&... arguments) {
  cudaLaunchConfig_t config{};
  config.gridDim = blocks < kMostBlocks ? blocks : kMostBlocks;
  config.blockDim = threads;
  config.stream = stream;
  cuda_check(cudaLaunchKernelEx(&config, kernel, arguments...), what);
}

template <class Work>
void each_row(const char* what, const DeviceRows& rows, const Work& work) {
  launch(what, rows_kernel<Work>, (rows.count + kWarps - 1) / kWarps, kThreads, rows.stream,
         rows.count, work);
}

}  // namespace

void embed_async(const DeviceRows& rows, const Embeddings& table, const RowVectors& out) {
  each_row("launching embeddings", rows, Embed{rows.rows, table, out});
}

void embed_window_async(const DeviceRows& rows, const Embeddings& table, std::uint32_t window,
                        const RowVectors& out) {
  each_row("launching embeddings", rows, EmbedWindow{rows.rows, table, window, out});
}

void rms_norm_async(const DeviceRows& rows, const RowVectors& x, const float* weight, float epsilon,
                    const RowVectors& out) {
  each_row("launching a normalisation", rows, RmsNorm{x, weight, epsilon, out});
}

void add_async(const DeviceRows& rows, const RowVectors& x, const RowVectors& sum) {
  each_row("launching a sum", rows, Add{x, sum});
}

void swiglu_async(const DeviceRows& rows, const RowVectors& gate, const RowVectors& up) {
  each_row("launching gates", rows, SwiGlu{gate, up});
}

void activate_async(const DeviceRows& rows, Activation activation, const RowVectors& x) {
  each_row("launching an activation", rows, Activate{activation, x});
}

void load_state_async(const DeviceRows& rows, const StatePart& part, const RowVectors& out) {
  each_row("launching a copy of states", rows, LoadState{rows.rows, part, out});
}

void store_state_async(const DeviceRows& rows, const StatePart& part, const RowVectors& values) {
  each_row("launching a copy of states", rows, StoreState{rows.rows, part, values});
}

void rotate_async(const DeviceRows& rows, const AttentionLayer& layer, const float* cosines,
                  const float* sines, const RowVectors& heads) {
  each_row("launching rotary embeddings", rows, Rotate{rows.rows, layer, cosines, sines, heads});
}

void gru_async(const DeviceRows& rows, const RowVectors& from_input, const RowVectors& from_state,
               const RowVectors& state, const RowVectors& next) {
  each_row("launching gates", rows, Gru{from_input, from_state, state, next});
}

void lstm_async(const DeviceRows& rows, const RowVectors& from_input, const RowVectors& from_state,
                const RowVectors& cell, const RowVectors& next, const RowVectors& next_cell) {
  each_row("launching gates", rows, Lstm{from_input, from_state, cell, next, next_cell});
}

void hand_out_async(const DeviceRows& rows, const RowVectors& hidden) {
  each_row("launching a copy of hidden values", rows, HandOut{rows.rows, hidden});
}

void attend_async(const DeviceRows& rows, const AttentionLayer& layer,
                  const AttentionScores& scores, const RowVectors& queries, const RowVectors& out) {
  launch("launching attention", attend_kernel, (scores.warps + kWarps - 1) / kWarps, kThreads,
         rows.stream, rows.rows, rows.count, layer, scores, queries, out);
}

void log_probabilities_async(std::uint32_t count, const RowVectors& logits, const RowLaw& law,
                             float* out, cudaStream_t stream) {
  if (logits.size <= 32)
    launch("launching log-probabilities", log_probabilities_kernel<32>, count, 32, stream, count,
           logits, law, out);
  else
    launch("launching log-probabilities", log_probabilities_kernel<kPartialSums>, count,
           kPartialSums, stream, count, logits, law, out);
}

}  // namespace wend::kernels
