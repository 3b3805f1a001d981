#include "wend/sample.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>

#include "host/base/memory_limit.hpp"
#include "host/base/stopwatch.hpp"
#include "host/instances/instance.hpp"
#include "host/run/class_walk_run.hpp"
#include "host/run/draw_handler.hpp"
#include "host/run/elimination_run.hpp"
#include "host/run/run.hpp"
#include "host/run/settings.hpp"
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

}  // namespace

std::uint64_t chain_quota(std::uint64_t samples, std::uint64_t chains, std::uint64_t chain) {
  return samples / chains + (chain < samples % chains ? 1 : 0);
}

std::uint64_t first_row(std::uint64_t samples, std::uint64_t chains, std::uint64_t chain) {
  return samples / chains * chain + std::min(chain, samples % chains);
}

SampleResult sample(const Instance& instance, const SampleOptions& options, SampleSink* sink,
                    const std::atomic<bool>& stop, const Progress& progress,
                    const Waiting& waiting) {
  const RunSettings settings = resolve_settings(instance.facts(), options);
  SampleResult result;
  result.chains = settings.chains;
  result.requested = options.samples;
  result.kappa = settings.kappa;

  const std::unique_ptr<Run> run = make_run(instance, options, settings);
  run->prepare(result, stop);
  check_run_memory(run->memory(), instance.facts().path);

  const Stopwatch watch;
  DrawHandler draws(*run, instance, options, settings, sink, progress, waiting);
  run->draw(draws, result, stop);
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

}  // namespace wend
