#include "host/instances/ngram/contexts.hpp"

#include <limits>

#include "host/base/memory_limit.hpp"
#include "host/instances/ngram/model.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

constexpr std::uint64_t kContextBytes = 160;  // of the index, a context, at a guess

}  // namespace

std::uint64_t count_contexts(std::uint64_t letters, std::uint32_t order) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t sum = 0;
  std::uint64_t power = 1;
  for (std::uint32_t k = 0; k < order; ++k) {
    if (sum > kMost - power) return kMost;
    sum += power;
    if (power > kMost / letters) return k + 1 < order ? kMost : sum;
    power *= letters;
  }
  return sum;
}

void check_model_memory(std::uint64_t contexts, std::uint32_t alphabet, const std::string& where) {
  const std::uint64_t per_context =
      std::uint64_t{alphabet} * (sizeof(double) + sizeof(std::uint32_t)) + kContextBytes;
  const std::string what = where + ": " + std::to_string(contexts) + " contexts of " +
                           std::to_string(alphabet) + " symbols";
  if (contexts >= NgramModel::kNoContext)
    throw Error(ErrorKind::kInput, what + ": too many; lower the order");
  check_memory(contexts * per_context, what);
}

}  // namespace wend
