#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>

#include "host/engines/lockstep/self_test.hpp"
#include "host/instances/instance.hpp"
#include "host/run/settings.hpp"
#include "wend/adaptation.hpp"
#include "wend/sample.hpp"

namespace wend {

/// What training found.
struct Trained {
  /// The same target under the chosen estimate; null: the untrained one is as good as any.
  std::shared_ptr<const Instance> instance;
  Adaptation found;
  SelfTestFindings tested;  ///< of an oracle that is asked, before scouts were
};

/// Trains the estimate of `instance` for a run of these settings (docs/adapt.md): scouts walk, and
/// where the oracle is asked also look where the estimate is largest; families are fitted to what
/// they were answered; fresh scouts measure what a sample would cost under each, and so on with
/// twice as many until that pays no more. The result is a function of the instance, the options
/// that are given and the seed; it has nothing to do with who draws afterwards, so that draws keep
/// the target's law. `instance` must outlive the result. Throws OracleFailure, and Error(kUsage)
/// for options that do not fit. Once `stop` is set it returns soon, with what there is. Scouts take
/// a share of `max_queries`, the options' own if it is not given, which limits the run alone then.
Trained train(const Instance& instance, const SampleOptions& options, const RunSettings& settings,
              const std::atomic<bool>& stop, std::optional<std::uint64_t> max_queries = {});

}  // namespace wend
