#include "host/report/choice_report.hpp"

#include <nlohmann/json.hpp>

#include "host/report/option_words.hpp"
#include "host/report/or_null.hpp"

namespace wend {
namespace {

using Json = nlohmann::ordered_json;

Json expected_json(const Expected& figure) {
  return {{"expected", or_null(figure.value)},
          {"low", or_null(figure.low)},
          {"high", or_null(figure.high)}};
}

}  // namespace

Json candidate_json(const Candidate& candidate) {
  const auto if_walk = [&](std::uint32_t value) {
    return candidate.first_visits == 0 ? Json(nullptr) : Json(value);
  };
  Json json = {
      {"name", candidate.name},
      {"algorithm", to_string(candidate.algorithm)},
      {"fits", candidate.unfit.empty()},
      {"why_not", candidate.unfit.empty() ? Json(nullptr) : Json(option_words(candidate.unfit))}};
  if (!candidate.unfit.empty()) return json;
  json["guarantee"] = {{"kind", to_string(candidate.guarantee)},
                       {"tv", or_null(candidate.tv)},
                       {"why", option_words(candidate.why)}};
  json["chains"] = candidate.chains;
  json["first_visits"] = if_walk(candidate.first_visits);
  json["thin"] = if_walk(candidate.thin);
  json["relaxation_visits"] = or_null(candidate.relaxation);
  json["proven_visits"] = or_null(candidate.proven_visits);
  json["measured_visits"] = or_null(candidate.measured_visits);
  json["visits_per_tour"] = or_null(candidate.visits_per_tour);
  json["autocorrelation"] = or_null(candidate.autocorrelation);
  json["acceptance"] = candidate.acceptance ? expected_json(*candidate.acceptance) : Json(nullptr);
  json["queries_to_certify"] = or_null(candidate.queries_to_certify);
  json["certified_in_pilot"] = or_null(candidate.certified_in_pilot);
  json["queries_after"] = or_null(candidate.queries_after);
  json["cost"] = expected_json(candidate.cost);
  json["queries"] = or_null(candidate.queries);
  json["steps"] = or_null(candidate.steps);
  json["evaluations"] = candidate.evaluations ? or_null(*candidate.evaluations) : Json(nullptr);
  json["pilot_queries"] = candidate.pilot_queries;
  json["pilot_evaluations"] = candidate.pilot_evaluations;
  json["measured_by"] = candidate.measured_by.empty() ? Json(nullptr) : Json(candidate.measured_by);
  return json;
}

Json choice_json(const Choice& choice) {
  Json candidates = Json::array();
  for (const Candidate& candidate : choice.candidates)
    candidates.push_back(candidate_json(candidate));
  Json least_kappa = Json::array();
  for (const double kappa : choice.least_kappa)
    least_kappa.push_back(kappa > 0 ? or_null(kappa) : Json(nullptr));
  return {{"algorithm", to_string(choice.best().algorithm)},
          {"why", option_words(choice.why)},
          {"unit", choice.by_evaluations ? "evaluations" : "queries"},
          {"pilot_queries", choice.pilot_queries},
          {"pilot_evaluations", choice.pilot_evaluations},
          {"least_kappa", least_kappa},
          {"candidates", candidates}};
}

}  // namespace wend
