#pragma once

#include <cstdint>
#include <optional>

#include "host/engines/lockstep/engine.hpp"
#include "host/oracles/model_oracle.hpp"
#include "wend/sample.hpp"

namespace wend {

/// What the lockstep engine of a run may take, with what is not given filled in from the memory
/// that is free, the host's or the GPU's: half of it for the rows of paths, a quarter for the memo.
/// Throws Error(kUsage) where the memo would be larger than all that is free.
LockstepOptions lockstep_settings(const ModelOracle& model, unsigned threads,
                                  std::optional<std::uint64_t> memo_bytes, std::uint32_t max_batch,
                                  Backend backend = Backend::kCpu);

/// Where its chains and rows lie: on the GPU if that is asked for, or the oracle is there itself,
/// or can be as a whole and fits.
Backend lockstep_backend(const ModelOracle& model, Backend asked);

/// The model on that backend, for so many chains: evaluated there as far as it can be, to the same
/// bits. Throws Error(kUsage) where there is no such backend, Error(kRuntime) if the GPU has no
/// room.
ModelOracle place_model(ModelOracle model, Backend backend, std::uint64_t chains);

/// Throws Error(kUsage) where rows may have to be pinned and there is no memo to keep them.
void check_pinned_memo(SelfTest test, std::optional<std::uint64_t> memo_bytes);

/// Throws Error(kUsage) for options that do not fit an oracle that is asked.
void check_lockstep(const ModelOracle& model, const SampleOptions& options);

}  // namespace wend
