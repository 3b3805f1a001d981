#include "host/report/throughput_report.hpp"

#include <nlohmann/json.hpp>

#include "host/report/or_null.hpp"
#include "host/report/report.hpp"
#include "host/report/throughput_rates.hpp"
#include "host/report/version.hpp"

namespace wend {
namespace {

using Json = nlohmann::ordered_json;

Json options_json(const ThroughputOptions& options) {
  return {{"algorithm", to_string(options.algorithm)},
          {"seconds", options.seconds},
          {"seed", options.seed},
          {"backend", to_string(options.backend)},
          {"threads", options.threads},
          {"memo", or_null(options.memo_bytes)},
          {"max_batch", options.max_batch == 0 ? Json(nullptr) : Json(options.max_batch)}};
}

Json call_json(const CallRates& rates) {
  const bool network = rates.flops && rates.product_flops;
  return {{"batch", rates.batch},
          {"calls", rates.calls},
          {"evaluations", rates.evaluations},
          {"tokens", rates.tokens},
          {"mean_depth", rates.mean_depth},
          {"seconds", rates.seconds},
          {"seconds_per_call", rates.seconds / static_cast<double>(rates.calls)},
          {"evaluations_per_second", a_second(rates.evaluations, rates.seconds)},
          {"tokens_per_second", a_second(rates.tokens, rates.seconds)},
          {"flops", or_null(rates.flops)},
          {"product_flops", or_null(rates.product_flops)},
          {"flops_share", network ? Json(*rates.flops / *rates.product_flops) : Json(nullptr)}};
}

Json times_json(const RoundTimes& times) {
  Json json = Json::object();
  for (const TimePart& part : kTimeParts) json[part.name] = times.*part.seconds;
  json["total"] = times.total;
  return json;
}

Json shares_json(const RoundTimes& times) {
  Json json = Json::object();
  for (const TimePart& part : kTimeParts) json[part.name] = share(times, part);
  return json;
}

Json lockstep_json(const LockstepRates& rates) {
  const double batch = mean_batch(rates.use);
  return {{"chains", rates.chains},
          {"contexts", rates.contexts},
          {"seconds", rates.seconds},
          {"steps", rates.totals.steps},
          {"expansions", rates.totals.expansions},
          {"queries", rates.totals.queries},
          {"samples", rates.totals.samples},
          {"oracle", oracle_json(rates.use)},
          {"steps_per_second", a_second(rates.totals.steps, rates.seconds)},
          {"expansions_per_second", a_second(rates.totals.expansions, rates.seconds)},
          {"evaluations_per_second", a_second(rates.use.evaluations, rates.seconds)},
          {"samples_per_second", a_second(rates.totals.samples, rates.seconds)},
          {"mean_batch", batch},
          {"room", rates.room},
          {"full", batch / rates.room},
          {"times", times_json(rates.times)},
          {"shares", shares_json(rates.times)}};
}

Json fused_json(const FusedRates& rates) {
  return {{"chains", rates.chains},
          {"seconds", rates.seconds},
          {"steps", rates.totals.steps},
          {"queries", rates.totals.queries},
          {"samples", rates.totals.samples},
          {"steps_per_second", a_second(rates.totals.steps, rates.seconds)},
          {"queries_per_second", a_second(rates.totals.queries, rates.seconds)},
          {"samples_per_second", a_second(rates.totals.samples, rates.seconds)}};
}

template <class Rates, class ToJson>
Json rows_json(const std::vector<Rates>& rows, const ToJson& to_json) {
  Json json = Json::array();
  for (const Rates& row : rows) json.push_back(to_json(row));
  return json;
}

}  // namespace

Json throughput_report(const InstanceFacts& facts, const ThroughputOptions& options,
                       const ThroughputResult& result) {
  const bool network = result.read_flops + result.answer_flops > 0;
  return {{"version", version()},
          {"instance", instance_json(facts)},
          {"options", options_json(options)},
          {"oracle", result.oracle},
          {"contexts", result.contexts},
          {"read_flops", network ? Json(result.read_flops) : Json(nullptr)},
          {"answer_flops", network ? Json(result.answer_flops) : Json(nullptr)},
          {"device", result.device},
          {"fused_device", result.fused_device.empty() ? Json(nullptr) : Json(result.fused_device)},
          {"partial", result.partial},
          {"failure", result.failure.empty() ? Json(nullptr) : Json(result.failure)},
          {"seconds", result.seconds},
          {"calls", rows_json(result.calls, call_json)},
          {"lockstep", rows_json(result.lockstep, lockstep_json)},
          {"fused", rows_json(result.fused, fused_json)}};
}

}  // namespace wend
