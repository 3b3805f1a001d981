#include "host/oracles/neural/cuda_operations.hpp"

#include <algorithm>

#include "kernels/cuda/neural_product.hpp"

namespace wend {

using kernels::cuda_check;

namespace {

constexpr std::size_t kUploads = 2;
constexpr std::uint64_t kAligned = 64;  // floats: parameters begin at multiples of 256 bytes
constexpr std::uint64_t kScoreFloats = std::uint64_t{1} << 24U;  // of all warps, if one has fewer
constexpr std::uint64_t kMostWarps = 8448;                       // that an H100 runs at once

std::uint64_t aligned(std::uint64_t floats) {
  return (floats + kAligned - 1) / kAligned * kAligned;
}

}  // namespace

CudaOperations::Upload::Upload(std::uint32_t block, std::uint32_t window, cudaStream_t stream)
    : rows(block),
      recent(std::uint64_t{block} * window),
      device_rows(block, "rows", stream),
      device_recent(std::uint64_t{block} * window, "windows", stream) {}

CudaOperations::CudaOperations(const Network& network, std::uint32_t positions, std::uint32_t block)
    : stream_(own_.get()), window_(network.window()) {
  uploads_.reserve(kUploads);
  for (std::size_t i = 0; i < kUploads; ++i)
    uploads_.push_back(std::make_unique<Upload>(block, window_, own_.get()));
  std::uint64_t floats = 0;
  for (const std::span<const float> some : network.parameters()) floats += aligned(some.size());
  float* at = memory_.emplace_back(floats, "weights", own_.get()).data();
  for (const std::span<const float> some : network.parameters()) {
    if (some.empty()) continue;
    cuda_check(
        cudaMemcpyAsync(at, some.data(), some.size_bytes(), cudaMemcpyHostToDevice, own_.get()),
        "copying weights to the GPU");
    parameters_[some.data()] = at;
    at += aligned(some.size());
  }
  if (network.looks_back()) {
    scores_.positions = positions;
    scores_.warps = static_cast<std::uint32_t>(
        std::clamp<std::uint64_t>(kScoreFloats / positions, 1, kMostWarps));
    scores_.scores =
        memory_.emplace_back(scores_.positions * scores_.warps, "scores", own_.get()).data();
  }
  cuda_check(cudaStreamSynchronize(own_.get()), "copying weights to the GPU");
}

float* CudaOperations::allocate(std::uint64_t floats) {
  float* memory =
      memory_.emplace_back(floats, "a network's states and workspace", own_.get()).data();
  // Other streams are to use it.
  cuda_check(cudaStreamSynchronize(own_.get()), "allocating memory of the GPU");
  return memory;
}

void CudaOperations::wait() { cuda_check(cudaStreamSynchronize(stream_), "evaluating a network"); }

void CudaOperations::write(float* to, std::span<const float> values) {
  cuda_check(
      cudaMemcpyAsync(to, values.data(), values.size_bytes(), cudaMemcpyHostToDevice, stream_),
      "copying to the GPU");
  wait();  // page-locked memory is read later
}

void CudaOperations::copy(float* to, const float* from, std::uint64_t floats) {
  cuda_check(cudaMemcpyAsync(to, from, floats * sizeof(float), cudaMemcpyDeviceToDevice, stream_),
             "copying on the GPU");
}

void CudaOperations::begin(std::span<const NetworkRow> rows, std::uint32_t window) {
  Upload& upload = *uploads_[turn_++ % kUploads];
  upload.copied.wait("copying rows to the GPU");
  const auto copy_up = [&](auto* to, const auto* from, std::uint64_t count) {
    cuda_check(cudaMemcpyAsync(to, from, count * sizeof *from, cudaMemcpyHostToDevice, stream_),
               "copying rows to the GPU");
  };
  for (std::size_t i = 0; i < rows.size(); ++i) {
    NetworkRow& row = upload.rows.data()[i];
    row = rows[i];
    if (window == 0) continue;
    std::copy_n(rows[i].recent, window, upload.recent.data() + i * window);
    row.recent = upload.device_recent.data() + i * window;
  }
  copy_up(upload.device_rows.data(), upload.rows.data(), rows.size());
  if (window > 0) copy_up(upload.device_recent.data(), upload.recent.data(), rows.size() * window);
  upload.copied.record(stream_);
  rows_ = {upload.device_rows.data(), static_cast<std::uint32_t>(rows.size()), stream_};
}

void CudaOperations::embed(const PackedMatrix& table, const RowVectors& out) {
  kernels::embed_async(rows_, embeddings(table), out);
}

void CudaOperations::embed_window(const PackedMatrix& table, const RowVectors& out) {
  kernels::embed_window_async(rows_, embeddings(table), window_, out);
}

void CudaOperations::rms_norm(const RowVectors& x, const std::vector<float>& weight, float epsilon,
                              const RowVectors& out) {
  kernels::rms_norm_async(rows_, x, device(weight), epsilon, out);
}

void CudaOperations::add(const RowVectors& x, const RowVectors& sum) {
  kernels::add_async(rows_, x, sum);
}

void CudaOperations::swiglu(const RowVectors& gate, const RowVectors& up) {
  kernels::swiglu_async(rows_, gate, up);
}

void CudaOperations::activate(kernels::Activation activation, const RowVectors& x) {
  kernels::activate_async(rows_, activation, x);
}

void CudaOperations::load_state(const kernels::StatePart& part, const RowVectors& out) {
  kernels::load_state_async(rows_, part, out);
}

void CudaOperations::store_state(const kernels::StatePart& part, const RowVectors& values) {
  kernels::store_state_async(rows_, part, values);
}

void CudaOperations::rotate(const kernels::AttentionLayer& layer, const std::vector<float>& cosines,
                            const std::vector<float>& sines, const RowVectors& heads) {
  kernels::rotate_async(rows_, layer, device(cosines), device(sines), heads);
}

void CudaOperations::attend(const kernels::AttentionLayer& layer, const RowVectors& queries,
                            const RowVectors& out) {
  kernels::AttentionScores scores = scores_;
  scores.warps = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(scores.warps, std::uint64_t{rows_.count} * layer.heads));
  kernels::attend_async(rows_, layer, scores, queries, out);
}

void CudaOperations::gru(const RowVectors& from_input, const RowVectors& from_state,
                         const RowVectors& state, const RowVectors& next) {
  kernels::gru_async(rows_, from_input, from_state, state, next);
}

void CudaOperations::lstm(const RowVectors& from_input, const RowVectors& from_state,
                          const RowVectors& cell, const RowVectors& next,
                          const RowVectors& next_cell) {
  kernels::lstm_async(rows_, from_input, from_state, cell, next, next_cell);
}

void CudaOperations::hand_out(const RowVectors& hidden) { kernels::hand_out_async(rows_, hidden); }

void CudaOperations::multiply(const PackedMatrix& matrix, std::uint32_t rows, const RowVectors& x,
                              const RowVectors& y) {
  kernels::multiply_async(
      {device(matrix.weights()), device(matrix.bias()), x.data, y.data, x.stride, y.stride, rows,
       matrix.inputs(), kernels::panels_of(matrix.outputs())},
      stream_);
}

void CudaOperations::log_probabilities(std::uint32_t rows, const RowVectors& logits,
                                       const kernels::RowLaw& law, float* out) {
  kernels::log_probabilities_async(rows, logits, law, out, stream_);
}

}  // namespace wend
