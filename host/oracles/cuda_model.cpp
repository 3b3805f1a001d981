#include "host/oracles/cuda_model.hpp"

#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "host/oracles/model_oracle.hpp"
#include "kernels/cuda/device_memory.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

class FromHost final : public BatchOracle {
 public:
  explicit FromHost(std::shared_ptr<CudaBatchOracle> oracle) : oracle_(std::move(oracle)) {}

  FromHost(const FromHost&) = delete;
  FromHost& operator=(const FromHost&) = delete;
  // What a call that failed has left under way uses memory that goes now.
  ~FromHost() override {
    if (stream_) static_cast<void>(cudaStreamSynchronize(stream_->get()));
  }

  [[nodiscard]] const OracleTraits& traits() const override { return oracle_->traits(); }

  [[nodiscard]] CudaBatchOracle* on_device() const { return oracle_.get(); }

  void expand(std::uint32_t /*context*/, const OracleBatch& batch,
              const OracleRows& rows) override {
    if (batch.size == 0) return;
    const std::uint32_t horizon = traits().horizon;
    if (!stream_) stream_.emplace();
    if (!buffers_ || buffers_->nodes < batch.size) {
      buffers_.reset();  // before there are new ones
      buffers_.emplace(batch.size, traits(), stream_->get());
    }
    prefixes_.assign(std::size_t{batch.size} * horizon, 0);
    for (std::uint32_t i = 0; i < batch.size; ++i)
      std::copy_n(batch.prefix[i], batch.depth[i], &prefixes_[std::size_t{i} * horizon]);
    copy_up(buffers_->slot, batch.slot, batch.size);
    copy_up(buffers_->depth, batch.depth, batch.size);
    copy_up(buffers_->symbol, batch.symbol, batch.size);
    copy_up(buffers_->known, batch.known, batch.size);
    copy_up(buffers_->prefix, prefixes_.data(), prefixes_.size());
    oracle_->expand(
        {batch.size, buffers_->slot.data(), buffers_->depth.data(), buffers_->symbol.data(),
         buffers_->known.data(), buffers_->prefix.data(), horizon, batch},
        buffers_->logs.data(), stream_->get());
    kernels::cuda_check(
        cudaMemcpyAsync(rows.log_ratio, buffers_->logs.data(),
                        std::uint64_t{batch.size} * traits().alphabet * sizeof(float),
                        cudaMemcpyDeviceToHost, stream_->get()),
        "copying from the GPU");
    kernels::cuda_check(cudaStreamSynchronize(stream_->get()), "asking an oracle");
  }

 private:
  /// Of the largest batch so far.
  struct Buffers {
    using Words = kernels::DeviceArray<std::uint32_t>;
    Buffers(std::uint32_t size, const OracleTraits& traits, cudaStream_t stream)
        : nodes(size),
          slot(size, "a batch", stream),
          depth(size, "a batch", stream),
          symbol(size, "a batch", stream),
          known(size, "a batch", stream),
          prefix(std::uint64_t{size} * traits.horizon, "a batch", stream),
          logs(std::uint64_t{size} * traits.alphabet, "rows", stream) {}
    std::uint32_t nodes;
    Words slot, depth, symbol, known, prefix;
    kernels::DeviceArray<float> logs;
  };

  void copy_up(const Buffers::Words& to, const std::uint32_t* from, std::uint64_t count) const {
    kernels::cuda_check(cudaMemcpyAsync(to.data(), from, count * sizeof *from,
                                        cudaMemcpyHostToDevice, stream_->get()),
                        "copying to the GPU");
  }

  std::shared_ptr<CudaBatchOracle> oracle_;
  std::optional<kernels::Stream> stream_;  // from the first call on
  std::optional<Buffers> buffers_;
  std::vector<std::uint32_t> prefixes_;
};

}  // namespace

std::shared_ptr<BatchOracle> ask_from_host(std::shared_ptr<CudaBatchOracle> oracle) {
  const OracleTraits& traits = oracle->traits();
  check_traits(traits);
  const auto refuse = [&](const char* reason) {
    throw Error(ErrorKind::kUsage, fmt::format("oracle \"{}\"", traits.name), reason);
  };
  if (traits.rows != RowKind::kLogRatio) refuse("rows: on a device they are log ratios");
  if (traits.contexts != 1) refuse("contexts: on a device there is one");
  return std::make_shared<FromHost>(std::move(oracle));
}

CudaBatchOracle* on_device(const BatchOracle& oracle) {
  const auto* from_host = dynamic_cast<const FromHost*>(&oracle);
  return from_host == nullptr ? nullptr : from_host->on_device();
}

}  // namespace wend
