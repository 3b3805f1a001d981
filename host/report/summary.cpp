#include "host/report/summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "host/base/number_text.hpp"
#include "host/base/printable.hpp"
#include "host/report/adaptation_report.hpp"
#include "host/report/option_words.hpp"

namespace wend {

void add_line(std::string& table, const std::string& label, const std::string& text) {
  table += fmt::format("{:<11} {}\n", label, text);
}

namespace {

/// A path may hold escape sequences and line ends.
std::string shown(const std::string& path) { return printable(path, 4096); }

std::string algorithm_text(const SampleOptions& options, const SampleResult& result) {
  std::string text(to_string(result.algorithm));
  if (result.algorithm == Algorithm::kSequential || options.correction == Correction::kWalk) {
    text += fmt::format(", --correct {}", to_string(options.correction));
  }
  if (result.algorithm == Algorithm::kClassElimination && options.correction != Correction::kWalk) {
    text += fmt::format(", --version-space {}", to_string(options.version_space));
  }
  return fmt::format("{}, {} {} on {}", text, grouped(result.chains),
                     result.chains == 1 ? "chain" : "chains", result.device);
}

/// Of an oracle that is asked: a walk on a target without a sequence has no end, and does not know.
std::string nothing_met(const InstanceFacts& facts, const SampleResult& result) {
  // Scouts and pilots may have met one.
  if (result.adaptation && result.adaptation->log_mass_known) return "";
  if (!facts.asked || result.pilot_queries > 0 || result.totals.leaf_visits > 0 ||
      result.totals.steps == 0 || result.algorithm == Algorithm::kClassElimination)
    return "";
  const std::string what =
      result.algorithm == Algorithm::kSequential
          ? fmt::format("none of {} proposals was accepted", grouped(result.totals.proposals))
          : "no leaf was reached";
  return fmt::format("; {}: whether any sequence has mass is not known", what);
}

std::string drawn_text(const InstanceFacts& facts, const SampleResult& result) {
  std::string text = grouped(result.drawn);
  if (result.partial) {
    text += fmt::format(" of {}, {},", grouped(result.requested),
                        result.budget_spent ? "query budget used up" : "interrupted");
  }
  if (result.budget_spent && result.totals.queries == 0 &&
      result.algorithm != Algorithm::kClassElimination)
    return text + fmt::format(" no chain's share of it being a row of {} queries",
                              grouped(std::uint64_t{facts.alphabet}));
  text += fmt::format(" in {:.2f} s", result.run_seconds);
  if (result.run_seconds > 0) {
    const auto rate = [&](std::uint64_t count) {
      return grouped(static_cast<double>(count) / result.run_seconds);
    };
    text +=
        fmt::format(" ({} samples/s, {} steps/s)", rate(result.drawn), rate(result.totals.steps));
  }
  return text + nothing_met(facts, result);
}

std::string visits_text(const SampleResult& result) {
  if (result.first_visits == 1 && result.thin == 1)
    return fmt::format("every leaf visit is a sample ({})", to_string(*result.visits));
  return fmt::format("{} leaf visits to a chain's first sample, {} to each next ({})",
                     grouped(std::uint64_t{result.first_visits}),
                     grouped(std::uint64_t{result.thin}), to_string(*result.visits));
}

/// Where the version spaces of independent chains ended.
std::string ends_text(const ClassResult& found) {
  const auto one_left = static_cast<std::uint64_t>(std::count(
      found.chains.eliminated.begin(), found.chains.eliminated.end(), found.members - 1));
  std::uint64_t certified = 0;
  for (const ClassPhase& phase : found.phases) certified += phase.certified;
  return fmt::format("{} of {} chains have one member left, {} certifications", grouped(one_left),
                     grouped(found.chains.chains()), grouped(certified));
}

/// How a version space that all chains share ended.
std::string end_text(const ClassResult& found) {
  if (found.exhausted) return ", exhausted";
  if (found.survivor)
    return found.phases.back().members > 1 ? " > 1, one member left" : ", one member left";
  return found.phases.back().certified > 0 ? ", certified" : ", not certified";
}

/// Members left, phase by phase, and how it ended.
std::string class_text(const SampleOptions& options, const ClassResult& found) {
  std::string text = fmt::format("{} members: ", grouped(found.members));
  const bool shared = options.version_space == VersionSpace::kShared;
  for (std::size_t i = 0; i < found.phases.size(); ++i) {
    const double members = found.phases[i].members;
    text += i == 0 ? "" : " > ";
    text += shared ? grouped(static_cast<std::uint64_t>(members)) : grouped(members);
  }
  if (!shared) return text + " in the mean by phase; " + ends_text(found);
  text += end_text(found);
  if (options.correction == Correction::kWalk)
    text += fmt::format("; the walk goes by the mean of {}", grouped(found.left));
  return text;
}

/// Queries before and after certification, and the bound of the first.
std::string asked_text(const SampleOptions& options, const SampleResult& result,
                       const ClassResult& found) {
  const auto part = [&](std::uint64_t queries, const char* when) {
    std::string text = fmt::format("{} {} certification", grouped(queries), when);
    if (result.drawn > 0) {
      text += fmt::format(", {} a sample", grouped(static_cast<double>(queries) /
                                                   static_cast<double>(result.drawn)));
    }
    return text;
  };
  const bool shared = options.version_space == VersionSpace::kShared;
  std::string before =
      fmt::format("{} (proven: at most {}{})", part(found.queries_before, "before"),
                  grouped(found.proven_queries), shared ? "" : " a chain");
  // What a walk asks after that is its own affair.
  if (options.correction == Correction::kWalk) return before;
  return before + "; " + part(found.queries_after, "after");
}

}  // namespace

std::string guarantee_text(const Guarantee& guarantee, std::optional<double> delta) {
  std::string text(to_string(guarantee.kind));
  if (guarantee.tv) text += fmt::format(", TV {:.3g}", *guarantee.tv);
  // What tours show is within two deltas by design.
  if (guarantee.tv && delta && *guarantee.tv > 2 * *delta)
    text += fmt::format(", more than the {:g} of --delta", *delta);
  return text + ": " + option_words(guarantee.why);
}

namespace {

std::string queries_text(const SampleResult& result) {
  std::string text = grouped(result.totals.queries);
  if (result.drawn > 0) {
    text += fmt::format(", {} a sample", grouped(static_cast<double>(result.totals.queries) /
                                                 static_cast<double>(result.drawn)));
  }
  if (result.diagnostics.queries_per_effective_sample) {
    text += fmt::format(", {} an effective sample",
                        grouped(*result.diagnostics.queries_per_effective_sample));
  }
  std::uint64_t all = result.totals.queries;
  const auto add = [&](std::uint64_t queries, const char* what) {
    if (queries == 0) return;
    all += queries;
    text += fmt::format("; {} more {}", grouped(queries), what);
  };
  if (result.choice) add(result.choice->pilot_queries, "to choose the algorithm");
  if (result.elimination && result.visits)
    add(result.elimination->queries_before, "by elimination");
  if (result.adaptation) add(result.adaptation->queries, "by scouts");
  add(result.pilot_queries, "in the pilot");
  if (result.pilot_evaluations > 0)
    text += fmt::format(", by {} evaluations", grouped(result.pilot_evaluations));
  if (all > result.totals.queries && result.diagnostics.queries_per_effective_sample) {
    const double effective = static_cast<double>(result.totals.queries) /
                             *result.diagnostics.queries_per_effective_sample;
    text += fmt::format("; {} an effective sample with all",
                        grouped(static_cast<double>(all) / effective));
  }
  return text;
}

}  // namespace

std::string oracle_text(const OracleUse& use) {
  std::string text = fmt::format("{} evaluations in {} batches; {} rows were remembered, {} shared",
                                 grouped(use.evaluations), grouped(use.batches),
                                 grouped(use.path_hits + use.memo_hits), grouped(use.shared));
  if (use.scouted > 0) text += fmt::format(", {} scouted", grouped(use.scouted));
  if (use.pinned)
    text += fmt::format("; answers differ by up to {:.3g}, so that the first ones are pinned",
                        use.largest_difference);
  return text;
}

namespace {

std::string observable_text(const ObservableDiagnostics& observable, const char* name) {
  if (!observable.effective_samples) return fmt::format("{} does not vary", name);
  std::string text = fmt::format("{} {}", name, grouped(*observable.effective_samples));
  if (observable.split_rhat && std::isinf(*observable.split_rhat))
    text += " (split R-hat infinite)";
  else if (observable.split_rhat)
    text += fmt::format(" (split R-hat {:.4f})", *observable.split_rhat);
  return text;
}

}  // namespace

std::string effective_text(const Diagnostics& diagnostics) {
  if (diagnostics.draws_used < 2) return "not measured (too few draws)";
  std::string text = observable_text(diagnostics.log_mass, "log-mass") + ", " +
                     observable_text(diagnostics.first_symbol, "first symbol");
  if (diagnostics.weighted_effective_samples)
    text += ", weighted " + grouped(*diagnostics.weighted_effective_samples);
  return text;
}

std::string instance_text(const InstanceFacts& facts) {
  return fmt::format("{} ({}, {} symbols, horizon {}, estimate {})", shown(facts.path), facts.kind,
                     grouped(std::uint64_t{facts.alphabet}), grouped(std::uint64_t{facts.horizon}),
                     facts.estimate);
}

std::string output_text(const RunFacts& run) {
  return run.output ? shown(run.output->string()) : "none (--output FILE keeps the samples)";
}

std::string sample_summary(const InstanceFacts& facts, const SampleOptions& options,
                           const SampleResult& result, const RunFacts& run) {
  std::string table;
  add_line(table, "instance", instance_text(facts));
  add_line(table, "algorithm", algorithm_text(options, result));
  if (result.choice) add_line(table, "choice", option_words(result.choice->why));
  if (result.elimination) {
    add_line(table, "class", class_text(options, *result.elimination));
  }
  if (result.visits) {
    add_line(table, "visits", visits_text(result));
  }
  if (result.adaptation) add_line(table, "adapted", adaptation_text(*result.adaptation));
  if (result.adaptation && !result.adaptation->note.empty())
    add_line(table, "note", option_words(result.adaptation->note));
  add_line(table, "drawn", drawn_text(facts, result));
  add_line(table, "guarantee", guarantee_text(result.guarantee, options.delta));
  add_line(table, "queries", queries_text(result));
  if (result.oracle_use) add_line(table, "oracle", oracle_text(*result.oracle_use));
  if (result.elimination)
    add_line(table, "asked", asked_text(options, result, *result.elimination));
  add_line(table, "effective", effective_text(result.diagnostics));
  add_line(table, "output", output_text(run));
  return table;
}

}  // namespace wend
