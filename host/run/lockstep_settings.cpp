#include "host/run/lockstep_settings.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "host/base/memory_limit.hpp"
#include "host/base/number_text.hpp"
#include "host/engines/engine.hpp"
#include "host/engines/lockstep/store.hpp"
#include "host/oracles/cuda_model.hpp"
#include "host/oracles/device_twin.hpp"
#include "wend/error.hpp"

namespace wend {

LockstepOptions lockstep_settings(const ModelOracle& model, unsigned threads,
                                  std::optional<std::uint64_t> memo_bytes, std::uint32_t max_batch,
                                  Backend backend) {
  LockstepOptions settings;
  settings.threads = threads;
  settings.max_batch = max_batch;
  const std::uint64_t available =
      backend == Backend::kCuda ? free_cuda_memory() : available_memory();
  if (memo_bytes && *memo_bytes > available)
    throw Error(ErrorKind::kUsage, "memo",
                fmt::format("{}, more than the {} that are free", byte_size(*memo_bytes),
                            byte_size(available)));
  // Rows of tables cost less than to remember them.
  settings.memo_bytes =
      std::min(memo_bytes.value_or(model.own_masses ? 0 : available / 4), std::uint64_t{1} << 56U);
  settings.path_bytes = available / 2;
  return settings;
}

Backend lockstep_backend(const ModelOracle& model, Backend asked) {
  if (asked != Backend::kAuto) return asked;
  // Rows come and go where the oracle is the host's, and walking on them takes the least part.
  if (!cuda_preferred()) return Backend::kCpu;
  if (on_device(*model.model) != nullptr) return Backend::kCuda;
  const HasDeviceTwin* twin = device_twin_of(*model.model);
  const std::optional<std::uint64_t> bytes = twin == nullptr ? std::nullopt : twin->device_bytes();
  return bytes && *bytes <= free_cuda_memory() ? Backend::kCuda : Backend::kCpu;
}

ModelOracle place_model(ModelOracle model, Backend backend, std::uint64_t chains) {
  const HasDeviceTwin* twin = device_twin_of(*model.model);
  if (backend != Backend::kCuda || twin == nullptr) return model;
  static_cast<void>(free_cuda_memory());  // throws where there is no device
  model.model = twin->make_device_twin(chains);
  return model;
}

void check_pinned_memo(SelfTest test, std::optional<std::uint64_t> memo_bytes) {
  if (test == SelfTest::kPin && memo_bytes == 0U)
    throw Error(ErrorKind::kUsage, "memo", "0 has no room for what `self_test = pin` keeps");
}

void check_lockstep(const ModelOracle& model, const SampleOptions& options) {
  if (options.engine == EngineKind::kFused)
    throw Error(ErrorKind::kUsage, "engine = fused",
                fmt::format("the oracle \"{}\" has no tables", model.model->traits().name));
  if (!model.own_masses) check_pinned_memo(options.self_test, options.memo_bytes);
}

}  // namespace wend
