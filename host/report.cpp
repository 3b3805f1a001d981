#include "host/report.hpp"

#include <nlohmann/json.hpp>
#include <string>

#include "host/version.hpp"

namespace wend {
namespace {

using Json = nlohmann::ordered_json;

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json options_json(const SampleOptions& options, const SampleResult& result, const RunFacts& run) {
  const bool sequential = options.algorithm == Algorithm::kSequential;
  const auto of_walk = [&](const auto& value) { return sequential ? Json(nullptr) : Json(value); };
  const auto of_file = [](const auto& path) { return path ? Json(path->string()) : Json(nullptr); };
  return {{"algorithm", to_string(options.algorithm)},
          {"correct", sequential ? Json(to_string(options.correction)) : Json(nullptr)},
          {"samples", result.requested},
          {"chains", result.chains},
          {"visits", of_walk(result.visits_rule)},
          {"first_visits", of_walk(result.first_visits)},
          {"thin", of_walk(result.thin)},
          {"kappa", or_null(result.kappa)},
          {"delta", options.delta},
          {"seed", options.seed},
          {"backend", result.backend},
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

Json observable_json(const ObservableDiagnostics& observable) {
  return {{"split_rhat", or_null(observable.split_rhat)},
          {"effective_samples", or_null(observable.effective_samples)}};
}

Json diagnostics_json(const Diagnostics& diagnostics) {
  return {{"log_mass", observable_json(diagnostics.log_mass)},
          {"first_symbol", observable_json(diagnostics.first_symbol)},
          {"weighted_effective_samples", or_null(diagnostics.weighted_effective_samples)},
          {"queries_per_effective_sample", or_null(diagnostics.queries_per_effective_sample)},
          {"draws_used", diagnostics.draws_used}};
}

Json pilot_json(const SampleResult& result) {
  if (result.visits_rule != "measured") return nullptr;
  return {{"relaxation_visits", or_null(result.relaxation)}, {"queries", result.pilot_queries}};
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
  return {{"version", version()},
          {"instance", instance_json(facts)},
          {"options", options_json(options, result, run)},
          {"drawn", result.drawn},
          {"partial", result.partial},
          {"counters", counters_json(result.totals)},
          {"reconciled", true},  // sample() throws where a counter law fails
          {"pilot", pilot_json(result)},
          {"diagnostics", diagnostics_json(result.diagnostics)},
          {"timings", timings_json(result, run)},
          {"device", result.device},
          {"guarantee",
           {{"tv", or_null(result.guarantee.tv)},
            {"kind", to_string(result.guarantee.kind)},
            {"why", result.guarantee.why}}}};
}

std::string json_text(const Json& value) {
  return value.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace wend
