#include "host/oracles/cuda_model.hpp"

#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include <algorithm>
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

  [[nodiscard]] const OracleTraits& traits() const override { return oracle_->traits(); }

  [[nodiscard]] CudaBatchOracle* on_device() const { return oracle_.get(); }

  // Everything that a call needs is made for it: this is not the way that is fast.
  void expand(std::uint32_t /*context*/, const OracleBatch& batch,
              const OracleRows& rows) override {
    if (batch.size == 0) return;
    const std::uint32_t horizon = traits().horizon;
    std::vector<std::uint32_t> prefixes(std::size_t{batch.size} * horizon);
    for (std::uint32_t i = 0; i < batch.size; ++i)
      std::copy_n(batch.prefix[i], batch.depth[i], &prefixes[std::size_t{i} * horizon]);
    const kernels::Stream stream;
    const auto copied = [&](const std::uint32_t* values, std::uint64_t size) {
      kernels::DeviceArray<std::uint32_t> copy(size, "a batch", stream.get());
      copy.upload(values, stream.get());
      return copy;
    };
    const auto slot = copied(batch.slot, batch.size);
    const auto depth = copied(batch.depth, batch.size);
    const auto symbol = copied(batch.symbol, batch.size);
    const auto known = copied(batch.known, batch.size);
    const auto prefix = copied(prefixes.data(), prefixes.size());
    const kernels::DeviceArray<float> logs(std::uint64_t{batch.size} * traits().alphabet, "rows",
                                           stream.get());
    oracle_->expand({batch.size, slot.data(), depth.data(), symbol.data(), known.data(),
                     prefix.data(), horizon, batch},
                    logs.data(), stream.get());
    logs.download(rows.log_ratio, stream.get());
    kernels::cuda_check(cudaStreamSynchronize(stream.get()), "asking an oracle");
  }

 private:
  std::shared_ptr<CudaBatchOracle> oracle_;
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
