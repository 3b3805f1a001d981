#include "host/engines/lockstep/memory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "host/base/number_text.hpp"
#include "host/base/parallel.hpp"
#include "host/engines/lockstep/row_maker.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

// Of a batch's rows, were they doubles, at most; and where the oracle states how many nodes it
// takes.
constexpr std::uint64_t kBatchBytes = std::uint64_t{64} << 20U;
constexpr std::uint64_t kStatedBatchBytes = std::uint64_t{512} << 20U;

}  // namespace

std::uint64_t context_count(const ModelOracle& oracle, std::uint64_t chains) {
  return std::min<std::uint64_t>(oracle.model->traits().contexts,
                                 std::max<std::uint64_t>(chains, 1));
}

std::uint32_t batch_limit(const ModelOracle& oracle, std::uint64_t chains,
                          const LockstepOptions& options) {
  const OracleTraits& traits = oracle.model->traits();
  const std::uint64_t bytes = traits.max_batch == 0 ? kBatchBytes : kStatedBatchBytes;
  std::uint64_t limit = std::clamp<std::uint64_t>(bytes / (sizeof(double) * oracle.alphabet), 1,
                                                  std::numeric_limits<std::uint32_t>::max());
  if (traits.max_batch != 0) limit = std::min<std::uint64_t>(traits.max_batch, limit);
  if (options.max_batch != 0) limit = std::min<std::uint64_t>(options.max_batch, limit);
  return static_cast<std::uint32_t>(
      std::clamp<std::uint64_t>(limit, 1, std::max<std::uint64_t>(chains, 1)));
}

LockstepMemory lockstep_memory(const ModelOracle& oracle, kernels::Walk walk, std::uint64_t chains,
                               const LockstepOptions& options) {
  const OracleTraits& traits = oracle.model->traits();
  LockstepMemory memory{};
  memory.node_bytes = RowMaker::node_words(oracle, walk) * sizeof(std::uint32_t);
  const std::uint64_t level = std::max<std::uint64_t>(chains, 1) * memory.node_bytes;
  const std::uint64_t levels = std::min<std::uint64_t>(options.path_bytes / level, oracle.horizon);
  if (levels == 0)
    throw Error(ErrorKind::kUsage, "chains",
                fmt::format("a row of {} for each of {} chains is {}, more than the {} that there "
                            "is for them; fewer chains need less",
                            byte_size(memory.node_bytes), chains, byte_size(level),
                            byte_size(options.path_bytes)));
  memory.levels = static_cast<std::uint32_t>(levels);
  memory.path_bytes = levels * level;
  const std::uint64_t contexts = context_count(oracle, chains);
  const std::uint64_t batch =
      std::uint64_t{batch_limit(oracle, chains, options)} * contexts *
      (oracle.alphabet * ((traits.rows == RowKind::kMass ? sizeof(double) : sizeof(float)) +
                          (oracle.thinned ? sizeof(double) : 0)) +
       32);
  const std::uint64_t makers = std::max<std::uint64_t>(contexts, resolve_threads(options.threads)) *
                               (4 * sizeof(double) * std::uint64_t{oracle.alphabet});
  const std::uint64_t sums = oracle.own_masses ? 0 : 2 * sizeof(double) * (oracle.horizon + 1ULL);
  memory.other_bytes =
      batch + makers +
      chains * (136 + sums + (options.memo_bytes != 0 ? 16ULL : 8ULL) * oracle.horizon);
  return memory;
}

}  // namespace wend
