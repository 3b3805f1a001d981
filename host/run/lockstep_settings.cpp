#include "host/run/lockstep_settings.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "host/base/memory_limit.hpp"
#include "wend/error.hpp"

namespace wend {

LockstepOptions lockstep_settings(const ModelOracle& model, unsigned threads,
                                  std::optional<std::uint64_t> memo_bytes,
                                  std::uint32_t max_batch) {
  LockstepOptions settings;
  settings.threads = threads;
  settings.max_batch = max_batch;
  const std::uint64_t available = available_memory();
  // Rows of tables cost less than to remember them.
  settings.memo_bytes =
      std::min(memo_bytes.value_or(model.own_masses ? 0 : available / 4), std::uint64_t{1} << 56U);
  settings.path_bytes = available / 2;
  return settings;
}

void check_lockstep(const ModelOracle& model, const SampleOptions& options) {
  if (options.engine == EngineKind::kFused)
    throw Error(ErrorKind::kUsage, "engine = fused",
                fmt::format("the oracle \"{}\" has no tables", model.model->traits().name));
  if (options.backend == Backend::kCuda)
    throw Error(ErrorKind::kUsage, "backend = cuda",
                "the lockstep engine asks its oracle on the CPU");
  if (options.self_test == SelfTest::kPin && options.memo_bytes == 0U && !model.own_masses)
    throw Error(ErrorKind::kUsage, "memo", "0 has no room for what `self_test = pin` keeps");
}

}  // namespace wend
