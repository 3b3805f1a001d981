#include "host/run/lockstep_settings.hpp"

#include <algorithm>

#include "host/base/memory_limit.hpp"

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

}  // namespace wend
