#include "host/report/adaptation_report.hpp"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "host/base/number_text.hpp"
#include "host/report/option_words.hpp"
#include "host/report/or_null.hpp"

namespace wend {
namespace {

using Json = nlohmann::ordered_json;

std::string visit_count(std::uint64_t visits) {
  return fmt::format("{} visit{}", grouped(visits), visits == 1 ? "" : "s");
}

std::string cost_text(const AdaptedFamily& family) {
  const double cost = family.evaluations.value_or(family.cost);
  if (!std::isfinite(cost)) return "not measured";
  std::string text = grouped(cost);
  if (family.at_least) text += " by the tours seen";
  if (family.visits > 0)
    text += fmt::format("{} {}", family.at_least ? "," : " by", visit_count(family.visits));
  return text;
}

// Two lower bounds of Z: by the sequences that scouts met, and by those that were drawn.
std::string mass_text(const Adaptation& adaptation) {
  if (!adaptation.log_mass_known) return "";
  const double known = *adaptation.log_mass_known;
  if (!adaptation.log_mass_drawn) return fmt::format("; ln Z is at least {:.6g}", known);
  const double drawn = *adaptation.log_mass_drawn;
  if (drawn >= known)
    return fmt::format("; ln Z is at least {:.6g}, by the sequences that were drawn", drawn);
  return fmt::format(
      "; ln Z is at least {:.6g}, and the sequences that were drawn have {:.4g} of that", known,
      std::exp(drawn - known));
}

}  // namespace

std::string adaptation_text(const Adaptation& adaptation) {
  std::string others;
  std::string own = "not measured";
  const char* unit = "queries";
  for (const AdaptedFamily& family : adaptation.families) {
    if (family.evaluations) unit = "evaluations";
    if (family.name == adaptation.family)
      own = cost_text(family);
    else
      others += fmt::format("{}{} {}", others.empty() ? "" : ", ", family.name, cost_text(family));
  }
  std::string text =
      fmt::format("{}: {} ({}), {} an effective sample as scouts measured them, with the pilot run",
                  adaptation.family, own, others, unit);
  if (adaptation.partial) text += "; training was cut short";
  text +=
      fmt::format("; they took {} queries, {} evaluations, {:.2f} s", grouped(adaptation.queries),
                  grouped(adaptation.evaluations), adaptation.seconds);
  return text + mass_text(adaptation);
}

Json adaptation_json(const std::optional<Adaptation>& adaptation) {
  if (!adaptation) return nullptr;
  Json families = Json::array();
  for (const AdaptedFamily& family : adaptation->families)
    families.push_back({{"name", family.name},
                        {"queries_per_effective_sample", or_null(family.cost)},
                        {"evaluations_per_effective_sample",
                         family.evaluations ? or_null(*family.evaluations) : Json(nullptr)},
                        {"at_least", family.at_least},
                        {"visits", family.visits}});
  return {{"family", adaptation->family},
          {"families", families},
          {"stages", adaptation->stages},
          {"scout_queries", adaptation->queries},
          {"scout_evaluations", adaptation->evaluations},
          {"scout_batches", adaptation->batches},
          {"explored", adaptation->explored},
          {"bytes", adaptation->bytes},
          {"log_mass_known", or_null(adaptation->log_mass_known)},
          {"log_mass_drawn", or_null(adaptation->log_mass_drawn)},
          {"note", adaptation->note.empty() ? Json(nullptr) : Json(option_words(adaptation->note))},
          {"partial", adaptation->partial},
          {"seconds", adaptation->seconds}};
}

}  // namespace wend
