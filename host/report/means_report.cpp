#include "host/report/means_report.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>

#include "host/report/or_null.hpp"
#include "host/report/report.hpp"

namespace wend {
namespace {

using Json = nlohmann::ordered_json;

Json mean_json(const std::optional<Mean>& mean) {
  if (!mean) return nullptr;
  return {{"mean", mean->mean},
          {"standard_error", mean->standard_error},
          {"interval", Json::array({mean->low, mean->high})}};
}

/// Arrays over the symbols.
Json columns_json(std::span<const Mean> means) {
  Json columns = {
      {"mean", Json::array()}, {"standard_error", Json::array()}, {"interval", Json::array()}};
  for (const Mean& mean : means) {
    columns["mean"].push_back(mean.mean);
    columns["standard_error"].push_back(mean.standard_error);
    columns["interval"].push_back(Json::array({mean.low, mean.high}));
  }
  return columns;
}

Json marginals_json(const InstanceFacts& facts, const MeansResult& result) {
  if (result.marginals.empty()) return nullptr;
  Json positions = Json::array();
  for (std::uint32_t h = 0; h < facts.horizon; ++h) {
    Json position = {{"depth", h + 1}};
    position.update(columns_json(
        std::span(result.marginals).subspan(std::size_t{h} * facts.alphabet, facts.alphabet)));
    positions.push_back(std::move(position));
  }
  return positions;
}

Json options_json(const MeansOptions& options, const MeansResult& result) {
  Json of = Json::array();
  for (const MeanOf one : kMeansOf)
    if (std::ranges::find(options.of, one) != options.of.end()) of.push_back(to_string(one));
  const bool elimination = options.algorithm == Algorithm::kClassElimination;
  return {{"algorithm", to_string(options.algorithm)},
          {"of", of},
          {"relative_error", options.queries ? Json(nullptr) : Json(result.relative_error)},
          {"queries", or_null(options.queries)},
          {"chains", options.chains},
          {"kappa", or_null(options.kappa)},
          {"delta", elimination ? Json(result.delta) : Json(nullptr)},
          {"seed", options.seed},
          {"memo", result.oracle_use ? Json(result.oracle_use->memo_bytes) : Json(nullptr)},
          {"max_batch",
           result.oracle_use && options.max_batch != 0 ? Json(options.max_batch) : Json(nullptr)},
          {"self_test", result.oracle_use ? Json(to_string(options.self_test)) : Json(nullptr)},
          {"threads", options.threads}};
}

}  // namespace

Json means_report(const InstanceFacts& facts, const MeansOptions& options,
                  const MeansResult& result) {
  Json report = {{"marginals", marginals_json(facts, result)},
                 {"log_mass", mean_json(result.log_mass)},
                 {"log_z", mean_json(result.log_z)}};
  if (result.length) report["length"] = mean_json(result.length);
  if (!result.symbols.empty()) report["symbols"] = columns_json(result.symbols);
  report["queries"] = result.queries;
  report["tours"] = or_null(result.tours);
  report["partial"] = result.partial;
  if (result.oracle_use) {
    report["oracle"] = oracle_json(result.oracle_use);
    report["failure"] = result.failure.empty() ? Json(nullptr) : Json(result.failure);
  }
  report["instance"] = instance_json(facts);
  report["options"] = options_json(options, result);
  return report;
}

}  // namespace wend
