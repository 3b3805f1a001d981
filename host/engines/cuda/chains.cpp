#include "host/engines/cuda/chains.hpp"

#include <fmt/core.h>

#include <limits>
#include <vector>

#include "wend/error.hpp"

namespace wend {
namespace {

// rows x columns to columns x rows.
std::vector<std::uint32_t> transpose(const std::vector<std::uint32_t>& words, std::uint64_t rows,
                                     std::uint64_t columns) {
  std::vector<std::uint32_t> turned(words.size());
  for (std::uint64_t row = 0; row < rows; ++row)
    for (std::uint64_t column = 0; column < columns; ++column)
      turned[column * rows + row] = words[row * columns + column];
  return turned;
}

std::uint64_t checked_path_size(std::uint64_t chains, std::uint32_t path_words) {
  if (path_words != 0 && chains > std::numeric_limits<std::uint32_t>::max() / path_words)
    throw Error(
        ErrorKind::kUsage,
        fmt::format("{} chains with paths of {} words are too many for one GPU: at most {}", chains,
                    path_words, std::numeric_limits<std::uint32_t>::max() / path_words));
  return chains * path_words;
}

}  // namespace

CudaChains::CudaChains(std::uint64_t chains, std::uint32_t path_words, cudaStream_t stream)
    : chains_(chains), path_words_(path_words) {
  const std::uint64_t path_size = checked_path_size(chains, path_words);
  for_each_column(
      [&]<class T>(kernels::DeviceArray<T>& column) {
        column = kernels::DeviceArray<T>(chains, "chains", stream);
      },
      columns_);
  path_ = kernels::DeviceArray<std::uint32_t>(path_size, "paths", stream);
}

kernels::ChainArrays CudaChains::arrays() const {
  kernels::ChainArrays arrays{};
  for_each_column([](auto*& pointer, const auto& column) { pointer = column.data(); }, arrays,
                  columns_);
  arrays.path = path_.data();
  arrays.path_chain_stride = 1;
  arrays.path_word_stride = chains_;
  return arrays;
}

void CudaChains::upload(const ChainState& state, cudaStream_t stream) {
  const std::vector<std::uint32_t> path = transpose(state.path, chains_, path_words_);
  for_each_column([&](const auto& device, const auto& host) { device.upload(host.data(), stream); },
                  columns_, state);
  path_.upload(path.data(), stream);
  kernels::cuda_check(cudaStreamSynchronize(stream), "copying the chains to the GPU");
}

ChainState CudaChains::download(cudaStream_t stream) const {
  ChainState state;
  state.path_words = path_words_;
  for_each_column(
      [&](auto& host, const auto& device) {
        host.resize(device.size());
        device.download(host.data(), stream);
      },
      state, columns_);
  std::vector<std::uint32_t> path(path_.size());
  path_.download(path.data(), stream);
  kernels::cuda_check(cudaStreamSynchronize(stream), "copying the chains from the GPU");
  state.path = transpose(path, path_words_, chains_);
  return state;
}

}  // namespace wend
