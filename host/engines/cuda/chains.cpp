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

template <class T>
void download_to(std::vector<T>& host, const kernels::DeviceArray<T>& device, cudaStream_t stream) {
  host.resize(device.size());
  device.download(host.data(), stream);
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
    : chains_(chains),
      path_words_(path_words),
      node_(chains, "chains", stream),
      depth_(chains, "chains", stream),
      arrived_up_(chains, "chains", stream),
      countdown_(chains, "chains", stream),
      steps_(chains, "chains", stream),
      moves_up_(chains, "chains", stream),
      expansions_(chains, "chains", stream),
      leaf_visits_(chains, "chains", stream),
      samples_(chains, "chains", stream),
      path_(checked_path_size(chains, path_words), "paths", stream) {}

kernels::ChainArrays CudaChains::arrays() const {
  return {node_.data(),
          depth_.data(),
          arrived_up_.data(),
          countdown_.data(),
          steps_.data(),
          moves_up_.data(),
          expansions_.data(),
          leaf_visits_.data(),
          samples_.data(),
          path_.data(),
          /*path_chain_stride=*/1,
          /*path_word_stride=*/chains_};
}

void CudaChains::upload(const ChainState& state, cudaStream_t stream) {
  const std::vector<std::uint32_t> path = transpose(state.path, chains_, path_words_);
  node_.upload(state.node.data(), stream);
  depth_.upload(state.depth.data(), stream);
  arrived_up_.upload(state.arrived_up.data(), stream);
  countdown_.upload(state.countdown.data(), stream);
  steps_.upload(state.steps.data(), stream);
  moves_up_.upload(state.moves_up.data(), stream);
  expansions_.upload(state.expansions.data(), stream);
  leaf_visits_.upload(state.leaf_visits.data(), stream);
  samples_.upload(state.samples.data(), stream);
  path_.upload(path.data(), stream);
  kernels::cuda_check(cudaStreamSynchronize(stream), "copying the chains to the GPU");
}

ChainState CudaChains::download(cudaStream_t stream) const {
  ChainState state;
  state.path_words = path_words_;
  std::vector<std::uint32_t> path;
  download_to(state.node, node_, stream);
  download_to(state.depth, depth_, stream);
  download_to(state.arrived_up, arrived_up_, stream);
  download_to(state.countdown, countdown_, stream);
  download_to(state.steps, steps_, stream);
  download_to(state.moves_up, moves_up_, stream);
  download_to(state.expansions, expansions_, stream);
  download_to(state.leaf_visits, leaf_visits_, stream);
  download_to(state.samples, samples_, stream);
  download_to(path, path_, stream);
  kernels::cuda_check(cudaStreamSynchronize(stream), "copying the chains from the GPU");
  state.path = transpose(path, path_words_, chains_);
  return state;
}

}  // namespace wend
