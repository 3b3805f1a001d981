// Products of many vectors with a packed matrix, a tile of rows and outputs a block.
//
// Every element is one chain of fused sums over the inputs in ascending order, as on the CPU
// (kernels/neural/product.hpp): a thread has whole chains in registers, and no chain is ever cut in
// parts that would have to be added. So all tiles come to the same bits. The price is paid where a
// product has few elements: at a batch of one, 576 outputs are 576 threads.
#include "kernels/cuda/check.hpp"
#include "kernels/cuda/neural_product.hpp"

namespace wend::kernels {
namespace {

/// A block's share. Threads form a grid of kRows / kThreadRows by kOutputs / kThreadOutputs, each
/// with that many chains; kDepth inputs at a time lie in shared memory while the next ones are on
/// their way to registers.
template <std::uint32_t kRows_, std::uint32_t kOutputs_, std::uint32_t kDepth_,
          std::uint32_t kThreadRows_, std::uint32_t kThreadOutputs_>
struct Tile {
  static constexpr std::uint32_t kRows = kRows_;
  static constexpr std::uint32_t kOutputs = kOutputs_;
  static constexpr std::uint32_t kDepth = kDepth_;
  static constexpr std::uint32_t kThreadRows = kThreadRows_;
  static constexpr std::uint32_t kThreadOutputs = kThreadOutputs_;
  static constexpr std::uint32_t kColumns = kOutputs / kThreadOutputs;  // of threads
  static constexpr std::uint32_t kThreads = kRows / kThreadRows * kColumns;
  static constexpr std::uint32_t kPanels = kOutputs / kPanel;
  // Vectors of four floats that a thread brings of each.
  static constexpr std::uint32_t kWeightLoads = kDepth * kOutputs / (4 * kThreads);
  static constexpr std::uint32_t kInputLoads = kDepth * kRows / (4 * kThreads);
  static_assert(kDepth * kOutputs % (4 * kThreads) == 0 && kDepth * kRows % (4 * kThreads) == 0);
  static_assert(kOutputs % kPanel == 0 && kPanel % kThreadOutputs == 0);
};

template <class T>
class TileProduct {
 public:
  /// Inputs are turned around, so that a thread's rows lie side by side, and padded, so that what
  /// is stored spreads over the banks.
  static constexpr std::uint32_t kPadding = T::kThreadRows % 4 == 0 ? 4 : 1;
  struct Shared {
    alignas(16) float weights[T::kDepth][T::kOutputs];
    alignas(16) float x[T::kDepth][T::kRows + kPadding];
  };

  __device__ TileProduct(const ProductJob& job, Shared& shared)
      : job_(job),
        shared_(shared),
        first_row_(blockIdx.y * T::kRows),
        first_panel_(blockIdx.x * T::kPanels),
        row_(threadIdx.x / T::kColumns * T::kThreadRows),
        output_(threadIdx.x % T::kColumns * T::kThreadOutputs) {}

  __device__ void run() {
    begin();
    load(0);
    for (std::uint32_t k = 0; k < job_.inputs; k += T::kDepth) {
      store();
      __syncthreads();
      const std::uint32_t next = k + T::kDepth;
      if (next < job_.inputs) load(next);
      // No step beyond the last input: adding zero would turn a sum of -0 around.
      if (next <= job_.inputs) {
#pragma unroll 8
        for (std::uint32_t i = 0; i < T::kDepth; ++i) add(i);
      } else {
        for (std::uint32_t i = 0; i < job_.inputs - k; ++i) add(i);
      }
      __syncthreads();
    }
    finish();
  }

 private:
  [[nodiscard]] __device__ std::uint32_t panel() const { return first_panel_ + output_ / kPanel; }

  __device__ void begin() {
    const bool biased = job_.bias != nullptr && panel() < job_.panels;
#pragma unroll
    for (std::uint32_t o = 0; o < T::kThreadOutputs; ++o) {
      const float bias =
          biased ? job_.bias[std::uint64_t{panel()} * kPanel + output_ % kPanel + o] : 0.0F;
#pragma unroll
      for (std::uint32_t r = 0; r < T::kThreadRows; ++r) sums_[r][o] = bias;
    }
  }

  /// Vector i of the thread's share of kDepth inputs from k on, as they lie in memory: of weights a
  /// panel's are one piece, of x a row's.
  __device__ void load(std::uint32_t k) {
#pragma unroll
    for (std::uint32_t i = 0; i < T::kWeightLoads; ++i) {
      const Place at = weight_place(i);
      const bool there =
          first_panel_ + at.major < job_.panels && k + at.minor / kPanel < job_.inputs;
      const std::uint64_t from =
          (std::uint64_t{first_panel_ + at.major} * job_.inputs + k) * kPanel + at.minor;
      weights_[i] = there ? *reinterpret_cast<const float4*>(job_.weights + from) : float4{};
    }
#pragma unroll
    for (std::uint32_t i = 0; i < T::kInputLoads; ++i) {
      const Place at = input_place(i);
      // A vector that begins before the last input ends within the row's stride.
      const bool there = first_row_ + at.major < job_.rows && k + at.minor < job_.inputs;
      const std::uint64_t from = (first_row_ + at.major) * job_.x_stride + k + at.minor;
      inputs_[i] = there ? *reinterpret_cast<const float4*>(job_.x + from) : float4{};
    }
  }

  __device__ void store() {
#pragma unroll
    for (std::uint32_t i = 0; i < T::kWeightLoads; ++i) {
      const Place at = weight_place(i);
      float* to = &shared_.weights[at.minor / kPanel][at.major * kPanel + at.minor % kPanel];
      *reinterpret_cast<float4*>(to) = weights_[i];
    }
#pragma unroll
    for (std::uint32_t i = 0; i < T::kInputLoads; ++i) {
      const Place at = input_place(i);
      shared_.x[at.minor][at.major] = inputs_[i].x;
      shared_.x[at.minor + 1][at.major] = inputs_[i].y;
      shared_.x[at.minor + 2][at.major] = inputs_[i].z;
      shared_.x[at.minor + 3][at.major] = inputs_[i].w;
    }
  }

  __device__ void add(std::uint32_t i) {
    float x[T::kThreadRows];
    float weights[T::kThreadOutputs];
#pragma unroll
    for (std::uint32_t r = 0; r < T::kThreadRows; ++r) x[r] = shared_.x[i][row_ + r];
#pragma unroll
    for (std::uint32_t o = 0; o < T::kThreadOutputs; ++o)
      weights[o] = shared_.weights[i][output_ + o];
#pragma unroll
    for (std::uint32_t r = 0; r < T::kThreadRows; ++r)
#pragma unroll
      for (std::uint32_t o = 0; o < T::kThreadOutputs; ++o)
        sums_[r][o] = __fmaf_rn(x[r], weights[o], sums_[r][o]);
  }

  __device__ void finish() const {
    if (panel() >= job_.panels) return;
#pragma unroll
    for (std::uint32_t r = 0; r < T::kThreadRows; ++r) {
      const std::uint32_t row = first_row_ + row_ + r;
      if (row >= job_.rows) return;
      float* y = job_.y + row * job_.y_stride + std::uint64_t{first_panel_} * kPanel + output_;
#pragma unroll
      for (std::uint32_t o = 0; o < T::kThreadOutputs; ++o) y[o] = sums_[r][o];
    }
  }

  /// Panel and place in its piece, or row and input.
  struct Place {
    std::uint32_t major;
    std::uint32_t minor;
  };
  [[nodiscard]] static __device__ Place weight_place(std::uint32_t i) {
    constexpr std::uint32_t kPiece = T::kDepth * kPanel;
    const std::uint32_t at = 4 * (i * T::kThreads + threadIdx.x);
    return {at / kPiece, at % kPiece};
  }
  [[nodiscard]] static __device__ Place input_place(std::uint32_t i) {
    const std::uint32_t at = 4 * (i * T::kThreads + threadIdx.x);
    return {at / T::kDepth, at % T::kDepth};
  }

  const ProductJob& job_;
  Shared& shared_;
  std::uint32_t first_row_;
  std::uint32_t first_panel_;
  std::uint32_t row_;     // the thread's first, in the tile
  std::uint32_t output_;  // likewise
  float sums_[T::kThreadRows][T::kThreadOutputs];
  float4 weights_[T::kWeightLoads];
  float4 inputs_[T::kInputLoads];
};

template <class T>
__global__ void __launch_bounds__(T::kThreads)
    product_kernel(const __grid_constant__ ProductJob job) {
  __shared__ typename TileProduct<T>::Shared shared;
  TileProduct<T>(job, shared).run();
}

template <class T>
void launch(const ProductJob& job, cudaStream_t stream) {
  constexpr std::uint32_t kMostRows = 65'535 * T::kRows;  // of a launch
  for (std::uint32_t first = 0; first < job.rows; first += kMostRows) {
    ProductJob part = job;
    part.x += first * job.x_stride;
    part.y += first * job.y_stride;
    part.rows = job.rows - first < kMostRows ? job.rows - first : kMostRows;
    cudaLaunchConfig_t config{};
    config.gridDim =
        dim3((job.panels + T::kPanels - 1) / T::kPanels, (part.rows + T::kRows - 1) / T::kRows, 1);
    config.blockDim = T::kThreads;
    config.stream = stream;
    cuda_check(cudaLaunchKernelEx(&config, product_kernel<T>, part), "launching a product");
  }
}

}  // namespace

// By what a tile takes on a multiprocessor of an H100 that has nothing else to do, in cycles an
// input: its fused sums, 128 a cycle, or what it reads of shared memory, 128 bytes a cycle, or in
// the smallest one what it waits for; some more where both are close. Blocks share the
// multiprocessors out, and the fullest one decides. Of equal tiles the largest.
ProductTile product_tile(std::uint32_t rows, std::uint32_t panels) {
  struct Candidate {
    ProductTile tile;
    std::uint32_t rows;
    std::uint32_t panels;
    std::uint64_t cycles;
  };
  constexpr Candidate kCandidates[] = {{ProductTile::kRows128, 128, 8, 128},
                                       {ProductTile::kRows64, 64, 4, 36},
                                       {ProductTile::kRows32, 32, 2, 12},
                                       {ProductTile::kRows8, 8, 1, 8}};
  constexpr std::uint64_t kProcessors = 132;
  ProductTile best = ProductTile::kRows8;
  std::uint64_t least = ~std::uint64_t{0};
  for (const Candidate& each : kCandidates) {
    const std::uint64_t blocks = std::uint64_t{(rows + each.rows - 1) / each.rows} *
                                 ((panels + each.panels - 1) / each.panels);
    const std::uint64_t cycles = (blocks + kProcessors - 1) / kProcessors * each.cycles;
    if (cycles >= least) continue;
    least = cycles;
    best = each.tile;
  }
  return best;
}

void multiply_async(const ProductJob& job, ProductTile tile, cudaStream_t stream) {
  switch (tile) {
    case ProductTile::kRows8:
      return launch<Tile<8, 16, 128, 1, 1>>(job, stream);
    case ProductTile::kRows32:
      return launch<Tile<32, 32, 32, 2, 4>>(job, stream);
    case ProductTile::kRows64:
      return launch<Tile<64, 64, 16, 8, 4>>(job, stream);
    case ProductTile::kRows128:
      return launch<Tile<128, 128, 8, 8, 8>>(job, stream);
  }
}

void multiply_async(const ProductJob& job, cudaStream_t stream) {
  multiply_async(job, product_tile(job.rows, job.panels), stream);
}

}  // namespace wend::kernels
