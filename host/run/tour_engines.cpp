#include "host/run/tour_engines.hpp"

#include <variant>

#include "host/engines/cpu/tours.hpp"
#include "host/engines/lockstep/tours.hpp"

namespace wend {

std::unique_ptr<TourEngine> make_tour_engine(const Oracle& oracle, kernels::Walk walk,
                                             std::uint64_t chains, std::uint64_t seed,
                                             std::uint32_t purpose,
                                             const LockstepOptions& options) {
  if (std::holds_alternative<ModelOracle>(oracle))
    return std::make_unique<LockstepTourEngine>(oracle, walk, chains, seed, purpose, options);
  return std::make_unique<CpuTourEngine>(oracle, walk, chains, seed, purpose, options.threads);
}

}  // namespace wend
