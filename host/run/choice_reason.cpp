#include "host/run/choice_reason.hpp"

#include <fmt/format.h>

#include <cmath>

#include "host/base/number_text.hpp"

namespace wend {
namespace {

/// Three digits: "42.3", "5,900".
std::string about(double figure) {
  if (!std::isfinite(figure)) return "an unknown number";
  if (figure > 0 && figure < 0.01) return "less than 0.01";
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
    if (candidate.acceptance->low == 0) return "no proposal of the pilot was accepted";
    return proposals < 1.005 ? "all proposals are accepted"
                             : fmt::format("1 of {} proposals is accepted", about(proposals));
  }
  if (candidate.first_visits == 0)
    return std::isfinite(candidate.cost.value) ? "every proposal is accepted" : "";
  if (candidate.thin == 1) return "every leaf visit is a draw";
  return fmt::format("{} leaf visits a draw", grouped(std::uint64_t{candidate.thin}));
}

std::string rival_text(const Candidate& candidate, const Candidate& best, double delta,
                       bool first) {
  const bool never = candidate.acceptance && candidate.acceptance->low == 0;
  std::string text = never ? fmt::format("{} accepted none of {} proposals", candidate.name,
                                         grouped(static_cast<std::uint64_t>(
                                             std::round(0.5 / candidate.acceptance->value))))
                           : fmt::format("{}{} {}", candidate.name, first ? " would take" : "",
                                         about(candidate.cost.value));
  if (candidate.tv && best.tv && *best.tv <= 2 * delta && *candidate.tv > 2 * delta)
    text += fmt::format(" (and is within TV {:.2g} alone)", *candidate.tv);
  if (!candidate.tv && best.tv) text += " (without a guarantee)";
  return text;
}

}  // namespace

std::string choice_reason(std::span<const Candidate> candidates, std::size_t chosen, double delta,
                          bool by_evaluations) {
  const Candidate& best = candidates[chosen];
  const std::string shown = how(best);
  std::string text = shown.empty() ? best.name : fmt::format("{}: {}", best.name, shown);
  const bool at_least = best.acceptance && best.acceptance->low == 0;
  const double cost = at_least ? best.cost.low : best.cost.value;
  if (std::isfinite(cost))
    text += fmt::format(", {} {}{} a draw", about(cost), at_least ? "or more " : "",
                        by_evaluations ? "evaluations" : "queries");
  std::string others;
  for (std::size_t i = 0; i < candidates.size(); ++i)
    if (i != chosen && candidates[i].unfit.empty() && std::isfinite(candidates[i].cost.value))
      others +=
          (others.empty() ? "; " : ", ") + rival_text(candidates[i], best, delta, others.empty());
  return text + others;
}

}  // namespace wend
