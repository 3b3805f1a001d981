#pragma once

#include <memory>
#include <utility>
#include <variant>

#include "host/engines/engine.hpp"
#include "host/oracles/oracle.hpp"

namespace wend {

/// The engine for tables on the backend that is asked for; Backend::kAuto is the GPU where there is
/// one and the oracle has tables for it. Throws as make_cpu_engine and make_cuda_engine do.
inline std::unique_ptr<Engine> make_fused_engine(const Oracle& oracle, kernels::Walk walk,
                                                 ChainState chains, Backend backend,
                                                 unsigned threads) {
  const bool on_cpu_alone = std::holds_alternative<PrefixOracle>(oracle);
  const bool cuda =
      backend == Backend::kCuda || (backend == Backend::kAuto && !on_cpu_alone && cuda_preferred());
  return cuda ? make_cuda_engine(oracle, walk, std::move(chains))
              : make_cpu_engine(oracle, walk, std::move(chains), threads);
}

}  // namespace wend
