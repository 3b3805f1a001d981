#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "host/oracles/neural/network.hpp"
#include "host/oracles/neural/operations.hpp"
#include "kernels/cuda/device_memory.hpp"
#include "kernels/cuda/neural.hpp"

namespace wend {

/// On the GPU that is current when it is made: puts everything on the stream that use() names and
/// waits for nothing, but for its own copies of rows of two blocks before.
class CudaOperations final : public NetworkOperations {
 public:
  /// Copies the parameters of `network`, which need not outlive it, to the GPU, and waits for that.
  /// Rows have positions below `positions`, and come in blocks of at most `block`. Throws
  /// Error(kRuntime) if there is no room.
  CudaOperations(const Network& network, std::uint32_t positions, std::uint32_t block);

  /// Where work goes from now on; at first to a stream of its own.
  void use(cudaStream_t stream) { stream_ = stream; }

  [[nodiscard]] float* allocate(std::uint64_t floats) override;
  void copy(float* to, const float* from, std::uint64_t floats) override;
  void write(float* to, std::span<const float> values) override;
  void wait() override;
  void begin(std::span<const NetworkRow> rows, std::uint32_t window) override;
  void embed(const PackedMatrix& table, const RowVectors& out) override;
  void embed_window(const PackedMatrix& table, const RowVectors& out) override;
  void rms_norm(const RowVectors& x, const std::vector<float>& weight, float epsilon,
                const RowVectors& out) override;
  void add(const RowVectors& x, const RowVectors& sum) override;
  void swiglu(const RowVectors& gate, const RowVectors& up) override;
  void activate(kernels::Activation activation, const RowVectors& x) override;
  void load_state(const kernels::StatePart& part, const RowVectors& out) override;
  void store_state(const kernels::StatePart& part, const RowVectors& values) override;
  void rotate(const kernels::AttentionLayer& layer, const std::vector<float>& cosines,
              const std::vector<float>& sines, const RowVectors& heads) override;
  void attend(const kernels::AttentionLayer& layer, const RowVectors& queries,
              const RowVectors& out) override;
  void gru(const RowVectors& from_input, const RowVectors& from_state, const RowVectors& state,
           const RowVectors& next) override;
  void lstm(const RowVectors& from_input, const RowVectors& from_state, const RowVectors& cell,
            const RowVectors& next, const RowVectors& next_cell) override;
  void hand_out(const RowVectors& hidden) override;
  void multiply(const PackedMatrix& matrix, std::uint32_t rows, const RowVectors& x,
                const RowVectors& y) override;
  void log_probabilities(std::uint32_t rows, const RowVectors& logits, const kernels::RowLaw& law,
                         float* out) override;

 private:
  /// Rows on their way to the GPU.
  struct Upload {
    Upload(std::uint32_t block, std::uint32_t window, cudaStream_t stream);
    kernels::PinnedArray<NetworkRow> rows;
    kernels::PinnedArray<std::uint32_t> recent;
    kernels::DeviceArray<NetworkRow> device_rows;
    kernels::DeviceArray<std::uint32_t> device_recent;
    kernels::Event copied;
  };

  [[nodiscard]] const float* device(std::span<const float> parameters) const {
    return parameters.empty() ? nullptr : parameters_.at(parameters.data());
  }
  [[nodiscard]] kernels::Embeddings embeddings(const PackedMatrix& table) const {
    return {device(table.weights()), table.inputs()};
  }

  kernels::Stream own_;  // that memory is allocated on
  cudaStream_t stream_;
  std::vector<kernels::DeviceArray<float>> memory_;
  std::unordered_map<const float*, const float*> parameters_;  // from the host's to the GPU's
  std::vector<std::unique_ptr<Upload>> uploads_;               // taken in turns
  std::size_t turn_ = 0;
  std::uint32_t window_;
  kernels::AttentionScores scores_{};
  kernels::DeviceRows rows_{};
};

}  // namespace wend
