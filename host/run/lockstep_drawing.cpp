#include "host/run/lockstep_drawing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>
#include <variant>

#include "host/base/number_text.hpp"
#include "host/engines/lockstep/self_test.hpp"
#include "host/oracles/cuda_model.hpp"
#include "host/run/lockstep_settings.hpp"
#include "host/run/oracle_watch.hpp"

namespace wend {
namespace {

// Tells of calls that last, while it lives; null where nobody is told.
std::unique_ptr<OracleWatch> watch_calls(ModelOracle& model, DrawHandler& draws,
                                         const std::atomic<bool>& stop) {
  if (!draws.reports_waiting() || model.own_masses || on_device(*model.model) != nullptr)
    return nullptr;
  const auto watched = std::make_shared<WatchedOracle>(model.model);
  model.model = watched;
  return std::make_unique<OracleWatch>(
      watched, [&draws](const OracleWait& wait) { draws.report(wait); },
      [&draws] { draws.report(); }, stop);
}

}  // namespace

LockstepDrawing::LockstepDrawing(const Oracle& oracle, const SampleOptions& options,
                                 const RunSettings& settings)
    : oracle_(oracle),
      options_(options),
      settings_(settings),
      backend_(lockstep_backend(std::get<ModelOracle>(oracle), options.backend)),
      model_(std::get<ModelOracle>(oracle)) {}

void LockstepDrawing::place() {
  model_ = place_model(std::move(model_), backend_, settings_.chains);
  engine_options_ = lockstep_settings(model_, options_.threads, options_.memo_bytes,
                                      options_.max_batch, backend_);
}

MemoryNeed LockstepDrawing::memory(std::uint64_t chain_bytes) const {
  const LockstepMemory need =
      lockstep_memory(model_, settings_.walk, settings_.chains, engine_options_);
  // On a device the rows are there, but the host has a copy of the prefixes.
  const std::uint64_t rows = backend_ == Backend::kCuda
                                 ? 4 * settings_.chains * model_.horizon
                                 : need.path_bytes + engine_options_.memo_bytes;
  return {need.other_bytes + rows + settings_.chains * chain_bytes,
          fmt::format("{} chains of horizon {}, each with {} rows of {} (fewer need less), and a "
                      "memo of {}",
                      settings_.chains, model_.horizon, need.levels, byte_size(need.node_bytes),
                      byte_size(engine_options_.memo_bytes))};
}

void LockstepDrawing::draw(const DrawRounds& rounds, DrawHandler& draws, SampleResult& result,
                           const std::atomic<bool>& stop) const {
  ModelOracle model = model_;
  const std::unique_lock<std::mutex> alone = hold(model);
  const std::unique_ptr<OracleWatch> watch = watch_calls(model, draws, stop);
  LockstepEngine engine(
      model, settings_.walk,
      chains_at_root(oracle_, settings_.chains, std::max(1U, settings_.first_visits)),
      engine_options_, backend_);
  SelfTestFindings tested;
  if (rounds.roots_fit() && !model.own_masses)
    tested = self_test(*model.model, options_.self_test, settings_.chains, options_.max_batch,
                       options_.seed, stop);
  if (tested.differing != 0) engine.pin();
  rounds.run(engine, draws, result, stop);
  result.oracle_use = engine.use();
  tested.tell(*result.oracle_use);
}

}  // namespace wend
