#include "host/run/choice_reason.hpp"

#include <fmt/format.h>

#include <cmath>

#include "host/base/number_text.hpp"

namespace wend {
namespace {

/// Three digits: "42.3", "5,900".
std::string about(double figure) {
  if (!std::isfinite(figure)) return "an unknown number";
  if (figure < 1000) return fmt::format("{:.3g}", figure);
  const double unit = std::pow(10.0, std::floor(std::log10(figure)) - 2);
  return grouped(std::round(figure / unit) * unit);
}

std::string how(const Candidate& candidate) {
  if (candidate.algorithm == Algorithm::kClassElimination)
    return fmt::format("{} queries before the first draw, {} a draw after that",
                       about(candidate.queries_to_certify.value_or(0)),
                       about(candidate.queries_after.value_or(0)));
  if (candidate.acceptance) {
    const double proposals = 1 / candidate.acceptance->value;
    if (candidate.acceptance->low == 0) return "no proposal was accepted";
    return proposals < 1.005 ? "all proposals are accepted"
                             : fmt::format("1 of {} proposals is accepted", about(proposals));
  }
  if (candidate.first_visits == 0) return "every proposal is accepted";
  if (candidate.thin == 1) return "every leaf visit is a draw";
  return fmt::format("{} leaf visits a draw", grouped(std::uint64_t{candidate.thin}));
}

std::string rival_text(const Candidate& candidate, const Candidate& best) {
  const bool never = candidate.acceptance && candidate.acceptance->low == 0;
  std::string text =
      never ? fmt::format("{} accepted none of {} proposals", candidate.name,
                          grouped(std::round(0.5 / candidate.acceptance->value)))
            : fmt::format("{} would take {}", candidate.name, about(candidate.cost.value));
  if (candidate.guarantee == GuaranteeKind::kNone && best.guarantee != GuaranteeKind::kNone)
    text += ", without a guarantee";
  return text;
}

}  // namespace

bool is_measured(const Candidate& candidate) { return !candidate.measured_by.empty(); }

std::string choice_reason(std::span<const Candidate> candidates, std::size_t chosen,
                          bool by_evaluations) {
  const Candidate& best = candidates[chosen];
  std::string text = fmt::format("{}: {}", best.name, how(best));
  if (std::isfinite(best.cost.value))
    text += fmt::format(", {} {} a draw", about(best.cost.value),
                        by_evaluations ? "evaluations" : "queries");
  std::string others;
  for (std::size_t i = 0; i < candidates.size(); ++i)
    if (i != chosen && candidates[i].unfit.empty())
      others += (others.empty() ? "; " : ", ") + rival_text(candidates[i], best);
  return text + others;
}

}  // namespace wend
