#include "host/engines/lockstep/tours.hpp"

#include <variant>

#include "host/oracles/oracle.hpp"

namespace wend {

LockstepTourEngine::LockstepTourEngine(const Oracle& oracle, kernels::Walk walk,
                                       std::uint64_t chains, std::uint64_t seed,
                                       std::uint32_t purpose, const LockstepOptions& options)
    : seed_(seed),
      purpose_(purpose),
      engine_(std::get<ModelOracle>(oracle), walk, chains_at_root(oracle, chains, 1), options),
      state_(engine_.save()),
      tours_(chains),
      found_(chains) {}

void LockstepTourEngine::advance(const TourRequest& request, const std::atomic<bool>& stop) {
  for (ChainTours& found : found_) found = {};
  try {
    engine_.advance({request, seed_, purpose_, tours_, found_}, stop);
  } catch (...) {
    state_ = engine_.save();
    throw;
  }
  state_ = engine_.save();
}

}  // namespace wend
