#include "host/command_summary.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "host/number_text.hpp"

namespace wend {
namespace {

void add(std::string& table, const std::string& label, const std::string& text) {
  table += fmt::format("{:<11} {}\n", label, text);
}

std::string algorithm_text(const SampleOptions& options, const SampleResult& result) {
  std::string text(to_string(options.algorithm));
  if (options.algorithm == Algorithm::kSequential) {
    text += fmt::format(", --correct {}", to_string(options.correction));
  }
  return fmt::format("{}, {} {} on {}", text, grouped(result.chains),
                     result.chains == 1 ? "chain" : "chains", result.device);
}

std::string drawn_text(const SampleResult& result) {
  std::string text = grouped(result.drawn);
  if (result.partial) text += fmt::format(" of {}, interrupted,", grouped(result.requested));
  text += fmt::format(" in {:.2f} s", result.run_seconds);
  if (result.run_seconds > 0) {
    text += fmt::format(" ({} samples/s, {} steps/s)",
                        grouped(static_cast<double>(result.drawn) / result.run_seconds),
                        grouped(static_cast<double>(result.totals.steps) / result.run_seconds));
  }
  return text;
}

std::string visits_text(const SampleResult& result) {
  return fmt::format("{} leaf visits to a chain's first sample, {} to each next ({})",
                     grouped(std::uint64_t{result.first_visits}),
                     grouped(std::uint64_t{result.thin}), result.visits_rule);
}

std::string guarantee_text(const Guarantee& guarantee) {
  std::string text(to_string(guarantee.kind));
  if (guarantee.tv) text += fmt::format(", TV {:.3g}", *guarantee.tv);
  return text + ": " + guarantee.why;
}

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
  if (result.pilot_queries > 0) {
    text += fmt::format("; {} more in the pilot", grouped(result.pilot_queries));
  }
  return text;
}

std::string observable_text(const ObservableDiagnostics& observable, const char* name) {
  if (!observable.effective_samples) return fmt::format("{} does not vary", name);
  std::string text = fmt::format("{} {}", name, grouped(*observable.effective_samples));
  if (observable.split_rhat) text += fmt::format(" (split R-hat {:.4f})", *observable.split_rhat);
  return text;
}

std::string effective_text(const Diagnostics& diagnostics) {
  if (diagnostics.draws_used < 2) return "not measured (too few draws)";
  std::string text = observable_text(diagnostics.log_mass, "log-mass") + ", " +
                     observable_text(diagnostics.first_symbol, "first symbol");
  if (diagnostics.weighted_effective_samples)
    text += ", weighted " + grouped(*diagnostics.weighted_effective_samples);
  return text;
}

}  // namespace

std::string sample_summary(const InstanceFacts& facts, const SampleOptions& options,
                           const SampleResult& result, const RunFacts& run) {
  std::string table;
  add(table, "instance",
      fmt::format("{} ({}, {} symbols, horizon {}, estimate {})", facts.path, facts.kind,
                  grouped(std::uint64_t{facts.alphabet}), grouped(std::uint64_t{facts.horizon}),
                  facts.estimate));
  add(table, "algorithm", algorithm_text(options, result));
  if (options.algorithm != Algorithm::kSequential) add(table, "visits", visits_text(result));
  add(table, "drawn", drawn_text(result));
  add(table, "guarantee", guarantee_text(result.guarantee));
  add(table, "queries", queries_text(result));
  add(table, "effective", effective_text(result.diagnostics));
  add(table, "output",
      run.output ? run.output->string() : "none (--output FILE keeps the samples)");
  return table;
}

}  // namespace wend
