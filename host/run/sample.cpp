#include "wend/sample.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "host/adapt/adapted_instance.hpp"
#include "host/base/memory_limit.hpp"
#include "host/base/stopwatch.hpp"
#include "host/instances/instance.hpp"
#include "host/run/choose.hpp"
#include "host/run/class_walk_run.hpp"
#include "host/run/draw_handler.hpp"
#include "host/run/elimination_run.hpp"
#include "host/run/run.hpp"
#include "host/run/settings.hpp"
#include "host/run/trainer.hpp"
#include "host/run/walk_run.hpp"

namespace wend {
namespace {

std::unique_ptr<Run> make_run(const Instance& instance, const SampleOptions& options,
                              const RunSettings& settings) {
  if (options.algorithm != Algorithm::kClassElimination)
    return make_walk_run(instance, options, settings);
  return options.correction == Correction::kWalk
             ? make_class_walk_run(instance, options, settings)
             : make_elimination_run(instance, options, settings);
}

void check_run_memory(const MemoryNeed& need, const std::string& path) {
  check_memory(need.bytes, fmt::format("{}: {}", path, need.what));
}

/// Trains the estimate. Takes what scouts asked for out of the queries that `drawing` has left, and
/// the self-test, which comes before them, out of what is still to be done.
Trained train_estimate(const Instance& instance, const SampleOptions& options,
                       const RunSettings& settings, SampleOptions& drawing, SampleResult& result,
                       const std::atomic<bool>& stop) {
  Trained trained = train(instance, options, settings, stop);
  if (drawing.max_queries)
    *drawing.max_queries -= std::min(*drawing.max_queries - 1, trained.found.queries);
  drawing.self_test = SelfTest::kOff;
  result.adaptation = trained.found;
  return trained;
}

}  // namespace

std::uint64_t chain_quota(std::uint64_t samples, std::uint64_t chains, std::uint64_t chain) {
  return samples / chains + (chain < samples % chains ? 1 : 0);
}

std::uint64_t first_row(std::uint64_t samples, std::uint64_t chains, std::uint64_t chain) {
  return samples / chains * chain + std::min(chain, samples % chains);
}

namespace {

/// Of an algorithm that is settled.
SampleResult draw(const Instance& instance, const SampleOptions& options, SampleSink* sink,
                  const std::atomic<bool>& stop, const Progress& progress, const Waiting& waiting,
                  const Adapted& told) {
  const RunSettings settings = resolve_settings(instance.facts(), options);
  SampleResult result;
  result.algorithm = options.algorithm;
  SampleOptions drawing = options;
  Trained trained;
  if (options.adapt != Adapt::kNone)
    trained = train_estimate(instance, options, settings, drawing, result, stop);
  if (result.adaptation && told) told(*result.adaptation);
  const Instance& drawn_from = trained.instance ? *trained.instance : instance;
  result.chains = settings.chains;
  result.requested = options.samples;
  result.kappa = settings.kappa;

  const std::unique_ptr<Run> run = make_run(drawn_from, drawing, settings);
  run->prepare(result, stop);
  check_run_memory(run->memory(), instance.facts().path);

  const Stopwatch watch;
  DrawHandler draws(*run, drawn_from, drawing, settings, sink, progress, waiting);
  const auto* adapted = dynamic_cast<const AdaptedInstance*>(trained.instance.get());
  const std::uint64_t from_tree = adapted == nullptr ? 0 : adapted->answered_from_tree();
  if (progress) progress(0, options.samples);
  run->draw(draws, result, stop);
  if (adapted != nullptr && result.oracle_use) {
    result.oracle_use->scouted = adapted->answered_from_tree() - from_tree;
    result.oracle_use->evaluations -= result.oracle_use->scouted;
  }
  if (result.adaptation && result.oracle_use) trained.tested.tell(*result.oracle_use);
  if (result.adaptation) result.adaptation->log_mass_drawn = draws.log_mass_covered();
  result.drawn = draws.drawn();
  result.partial = result.drawn < result.requested;
  result.budget_spent = result.budget_spent && result.partial;
  const bool eliminated_first = result.elimination && result.visits;
  result.diagnostics = draws.diagnostics(
      result.totals.queries + (eliminated_first ? result.elimination->queries_before : 0));
  result.guarantee = run->guarantee(result);
  result.run_seconds = watch.seconds();
  return result;
}

}  // namespace

SampleResult sample(const Instance& instance, const SampleOptions& options, SampleSink* sink,
                    const std::atomic<bool>& stop, const Progress& progress, const Waiting& waiting,
                    const Adapted& adapted) {
  SampleOptions settled = options;
  settled.algorithm = decided_algorithm(options);
  if (settled.algorithm != Algorithm::kAuto)
    return draw(instance, settled, sink, stop, progress, waiting, adapted);
  static_cast<void>(resolve_settings(instance.facts(), options));  // refuses what nothing fits
  const Stopwatch watch;
  Choice choice = choose_algorithm(instance, options, {}, waiting, stop);
  const double seconds = watch.seconds();
  settled.algorithm = choice.best().algorithm;
  if (settled.max_queries) *settled.max_queries -= choice.pilot_queries;
  SampleResult result = draw(instance, settled, sink, stop, progress, waiting, adapted);
  result.pilot_seconds += seconds;
  result.choice = std::move(choice);
  return result;
}

}  // namespace wend
