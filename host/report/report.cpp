#include "host/report/report.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string>
#include <vector>

#include "host/elimination/counters.hpp"
#include "host/report/adaptation_report.hpp"
#include "host/report/choice_report.hpp"
#include "host/report/option_words.hpp"
#include "host/report/or_null.hpp"
#include "host/report/version.hpp"

namespace wend {
namespace {

using Json = nlohmann::ordered_json;

Json options_json(const InstanceFacts& facts, const SampleOptions& options,
                  const SampleResult& result, const RunFacts& run) {
  const bool sequential = result.algorithm == Algorithm::kSequential;
  const bool of_class = result.algorithm == Algorithm::kClassElimination;
  const bool class_walk = of_class && options.correction == Correction::kWalk;
  const bool drawn_by_class = of_class && !class_walk;
  const auto if_walk = [&](const auto& value) {
    return sequential || drawn_by_class ? Json(nullptr) : Json(value);
  };
  const auto if_class = [&](const auto& value) { return of_class ? Json(value) : Json(nullptr); };
  const auto of_file = [](const auto& path) { return path ? Json(path->string()) : Json(nullptr); };
  return {
      {"algorithm", to_string(result.algorithm)},
      {"correct", sequential || class_walk ? Json(to_string(options.correction)) : Json(nullptr)},
      {"samples", result.requested},
      {"chains", result.chains},
      {"visits", result.visits ? Json(to_string(*result.visits)) : Json(nullptr)},
      {"first_visits", if_walk(result.first_visits)},
      {"thin", if_walk(result.thin)},
      {"kappa", or_null(result.kappa)},
      {"delta", options.delta},
      {"max_queries", or_null(options.max_queries)},
      {"version_space", if_class(to_string(options.version_space))},
      {"replicates", if_class(options.replicates)},
      {"audit", if_class(options.audit)},
      {"seed", options.seed},
      {"backend", to_string(result.backend)},
      {"engine", drawn_by_class ? Json(nullptr) : Json(result.oracle_use ? "lockstep" : "fused")},
      {"memo", result.oracle_use ? Json(result.oracle_use->memo_bytes) : Json(nullptr)},
      {"max_batch",
       result.oracle_use && options.max_batch != 0 ? Json(options.max_batch) : Json(nullptr)},
      {"self_test",
       result.oracle_use && facts.asked ? Json(to_string(options.self_test)) : Json(nullptr)},
      {"adapt", if_walk(to_string(options.adapt))},
      {"adapt_floor", or_null(options.adapt_floor)},
      {"scouts", or_null(options.scouts)},
      {"threads", run.threads},
      {"output", of_file(run.output)},
      {"report", of_file(run.report)},
      {"quiet", run.quiet}};
}

Json counters_json(const Counters& totals) {
  return {{"steps", totals.steps},           {"moves_down", totals.moves_down},
          {"moves_up", totals.moves_up},     {"leaf_visits", totals.leaf_visits},
          {"expansions", totals.expansions}, {"queries", totals.queries},
          {"samples", totals.samples},       {"proposals", totals.proposals},
          {"accepted", totals.accepted},     {"rejected", totals.rejected}};
}

/// Sums over the chains of class-elimination.
Json class_counters_json(const ClassChains& chains, std::uint64_t queries) {
  Json counters = Json::object();
  for (const ClassCounter& counter : kClassCounters) {
    if (!counter.adds_up) continue;
    const std::vector<std::uint64_t>& values = chains.*counter.values;
    counters[counter.name] = std::accumulate(values.begin(), values.end(), std::uint64_t{0});
  }
  counters["queries"] = queries;
  return counters;
}

/// Over the chains that drew a sample.
Json queries_to_first_json(const ClassChains& chains) {
  std::uint64_t with_sample = 0;
  std::uint64_t largest = 0;
  double sum = 0;
  for (std::uint64_t chain = 0; chain < chains.chains(); ++chain) {
    if (chains.samples[chain] == 0) continue;
    ++with_sample;
    largest = std::max(largest, chains.queries_to_first[chain]);
    sum += static_cast<double>(chains.queries_to_first[chain]);
  }
  if (with_sample == 0) return {{"mean", nullptr}, {"largest", nullptr}};
  return {{"mean", sum / static_cast<double>(with_sample)}, {"largest", largest}};
}

Json class_json(const SampleOptions& options, const SampleResult& result) {
  if (!result.elimination) return nullptr;
  const ClassResult& found = *result.elimination;
  const ClassChains& chains = found.chains;
  const auto a_sample = [&](std::uint64_t queries) {
    return result.drawn > 0 ? Json(static_cast<double>(queries) / static_cast<double>(result.drawn))
                            : Json(nullptr);
  };
  // One version space has one number, many have a mean.
  const bool shared = options.version_space == VersionSpace::kShared;
  const double eliminated =
      std::accumulate(chains.eliminated.begin(), chains.eliminated.end(), 0.0) /
      static_cast<double>(chains.chains());
  Json phases = Json::array();
  for (const ClassPhase& phase : found.phases) {
    phases.push_back({{"chains", phase.chains},
                      {"members", phase.members},
                      {"paths", phase.paths},
                      {"queries", phase.queries},
                      {"certified", phase.certified}});
  }
  Json json = {{"members", found.members},
               {"paths_to_certify", found.paths_to_certify},
               {"bound", found.bound},
               {"eliminated", shared ? Json(chains.eliminated.at(0)) : Json(eliminated)},
               {"survivor", or_null(found.survivor)},
               {"phases", phases},
               {"queries_before_certification", found.queries_before},
               {"queries_after_certification", found.queries_after},
               {"queries_per_sample_before", a_sample(found.queries_before)},
               {"queries_per_sample_after", a_sample(found.queries_after)},
               {"queries_to_first", queries_to_first_json(chains)},
               {"proven_queries", found.proven_queries},
               {"samples_certified", found.samples_certified},
               {"samples_direct", found.samples_direct}};
  if (!result.visits) return json;
  // A walk came after it.
  json["left"] = found.left;
  json["exhausted"] = found.exhausted;
  json["counters"] = class_counters_json(chains, found.queries_before);
  return json;
}

/// JSON has no infinity, and null says that a figure is not known.
Json rhat_json(const std::optional<double>& rhat) {
  return rhat && std::isinf(*rhat) ? Json("infinite") : or_null(rhat);
}

Json observable_json(const ObservableDiagnostics& observable) {
  return {{"split_rhat", rhat_json(observable.split_rhat)},
          {"effective_samples", or_null(observable.effective_samples)}};
}

}  // namespace

Json diagnostics_json(const Diagnostics& diagnostics) {
  return {{"log_mass", observable_json(diagnostics.log_mass)},
          {"first_symbol", observable_json(diagnostics.first_symbol)},
          {"weighted_effective_samples", or_null(diagnostics.weighted_effective_samples)},
          {"queries_per_effective_sample", or_null(diagnostics.queries_per_effective_sample)},
          {"draws_used", diagnostics.draws_used}};
}

Json guarantee_json(const Guarantee& guarantee) {
  return {{"tv", or_null(guarantee.tv)},
          {"kind", to_string(guarantee.kind)},
          {"why", option_words(guarantee.why)}};
}

namespace {

Json pilot_json(const SampleResult& result) {
  if (result.pilot_tours == 0) return nullptr;
  return {{"relaxation_visits", or_null(result.relaxation)},
          {"tours", result.pilot_tours},
          {"queries", result.pilot_queries},
          {"evaluations", result.pilot_evaluations}};
}

Json timings_json(const SampleResult& result, const RunFacts& run) {
  const auto rate = [&](std::uint64_t count) {
    return result.run_seconds > 0 ? Json(static_cast<double>(count) / result.run_seconds)
                                  : Json(nullptr);
  };
  return {{"load_seconds", run.load_seconds},
          {"compile_seconds", result.compile_seconds},
          {"pilot_seconds", result.pilot_seconds},
          {"run_seconds", result.run_seconds},
          {"write_seconds", run.write_seconds},
          {"samples_per_second", rate(result.drawn)},
          {"steps_per_second", rate(result.totals.steps)}};
}

}  // namespace

Json oracle_json(const std::optional<OracleUse>& use) {
  if (!use) return nullptr;
  return {{"evaluations", use->evaluations},
          {"batches", use->batches},
          {"path_hits", use->path_hits},
          {"memo_hits", use->memo_hits},
          {"scouted", use->scouted},
          {"shared", use->shared},
          {"repeats", use->repeats},
          {"memo_rows", use->memo_rows},
          {"self_tested", use->self_tested},
          {"largest_difference",
           std::isinf(use->largest_difference) ? Json("infinite") : Json(use->largest_difference)},
          {"pinned", use->pinned},
          {"seconds", use->seconds}};
}

Json instance_json(const InstanceFacts& facts) {
  return {{"path", facts.path},
          {"digest", facts.digest},
          {"kind", facts.kind},
          {"alphabet", facts.alphabet},
          {"horizon", facts.horizon},
          {"estimate", facts.estimate},
          {"kappa", or_null(facts.kappa)},
          {"kappa_why", facts.kappa_why},
          {"symbols", facts.symbol_names.empty() ? Json(nullptr) : Json(facts.symbol_names)}};
}

Json sample_report(const InstanceFacts& facts, const SampleOptions& options,
                   const SampleResult& result, const RunFacts& run) {
  Json report = {
      {"version", version()},
      {"instance", instance_json(facts)},
      {"options", options_json(facts, options, result, run)},
      {"drawn", result.drawn},
      {"partial", result.partial},
      {"budget_spent", result.budget_spent},
      {"counters", result.elimination && !result.visits
                       ? class_counters_json(result.elimination->chains, result.totals.queries)
                       : counters_json(result.totals)},
      {"reconciled", true},  // sample() throws where a counter law fails
      {"oracle", oracle_json(result.oracle_use)},
      {"failure", result.failure.empty() ? Json(nullptr) : Json(result.failure)},
      {"pilot", pilot_json(result)},
      {"adaptation", adaptation_json(result.adaptation)},
      {"class", class_json(options, result)},
      {"diagnostics", diagnostics_json(result.diagnostics)},
      {"timings", timings_json(result, run)},
      {"device", result.device},
      {"guarantee", guarantee_json(result.guarantee)}};
  if (result.choice) report["choice"] = choice_json(*result.choice);
  return report;
}

std::string json_text(const Json& value) {
  return value.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace wend
