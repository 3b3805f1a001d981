#include "host/report/baseline_report.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "host/base/number_text.hpp"
#include "host/report/option_words.hpp"
#include "host/report/or_null.hpp"
#include "host/report/summary.hpp"
#include "host/report/version.hpp"

namespace wend {
namespace {

using Json = nlohmann::ordered_json;

Json options_json(const BaselineOptions& options, const BaselineResult& result,
                  const RunFacts& run) {
  const bool best_of = options.method == Baseline::kBestOf;
  const bool suffix = options.method == Baseline::kSuffixMh;
  const auto of_file = [](const auto& path) { return path ? Json(path->string()) : Json(nullptr); };
  return {{"method", to_string(options.method)},
          {"power", options.power},
          {"best_of", best_of ? Json(options.best_of) : Json(nullptr)},
          {"steps", suffix ? Json(options.steps) : Json(nullptr)},
          {"proposal", suffix ? Json(to_string(options.proposal)) : Json(nullptr)},
          {"samples", result.requested},
          {"chains", result.chains},
          {"max_queries", or_null(options.max_queries)},
          {"max_evaluations", or_null(options.max_evaluations)},
          {"seed", options.seed},
          {"memo", result.oracle_use.memo_bytes},
          {"max_batch", options.max_batch != 0 ? Json(options.max_batch) : Json(nullptr)},
          {"threads", run.threads},
          {"output", of_file(run.output)},
          {"report", of_file(run.report)},
          {"quiet", run.quiet}};
}

std::string method_text(const BaselineOptions& options, const BaselineResult& result) {
  std::string text(to_string(options.method));
  if (options.method == Baseline::kBestOf) text += fmt::format(" {}", options.best_of);
  if (options.method == Baseline::kSuffixMh)
    text += fmt::format(", {} steps a draw, proposals from {} rows", options.steps,
                        to_string(options.proposal));
  if (options.power != 1) text += fmt::format(", power {:g}", options.power);
  return fmt::format("{}, {} {} on {}", text, grouped(result.chains),
                     result.chains == 1 ? "chain" : "chains", result.device);
}

std::string drawn_text(const BaselineResult& result) {
  std::string text = grouped(result.drawn);
  if (result.partial)
    text += fmt::format(" of {}, {},", grouped(result.requested),
                        result.budget_spent ? "budget used up" : "interrupted");
  return text + fmt::format(" in {:.2f} s", result.run_seconds);
}

std::string cost_text(const BaselineResult& result) {
  std::string text = fmt::format("{} queries", grouped(result.queries));
  if (result.evaluations_per_draw)
    text += fmt::format("; {} evaluations a draw", grouped(*result.evaluations_per_draw));
  if (result.evaluations_per_effective_sample)
    text +=
        fmt::format(", {} an effective sample", grouped(*result.evaluations_per_effective_sample));
  return text;
}

std::string figure(const std::optional<double>& value) { return value ? grouped(*value) : "-"; }

}  // namespace

Json baseline_report(const InstanceFacts& facts, const BaselineOptions& options,
                     const BaselineResult& result, const RunFacts& run) {
  const auto rate = [&] {
    return result.run_seconds > 0 ? Json(static_cast<double>(result.drawn) / result.run_seconds)
                                  : Json(nullptr);
  };
  return {{"version", version()},
          {"instance", instance_json(facts)},
          {"options", options_json(options, result, run)},
          {"drawn", result.drawn},
          {"partial", result.partial},
          {"budget_spent", result.budget_spent},
          {"counters",
           {{"proposals", result.proposals},
            {"accepted", result.accepted},
            {"rejected", result.rejected},
            {"queries", result.queries}}},
          {"reconciled", true},  // sample_baseline() throws where a counter law fails
          {"oracle", oracle_json(result.oracle_use)},
          {"failure", result.failure.empty() ? Json(nullptr) : Json(result.failure)},
          {"evaluations_per_draw", or_null(result.evaluations_per_draw)},
          {"evaluations_per_effective_sample", or_null(result.evaluations_per_effective_sample)},
          {"mean_log_mass", or_null(result.mean_log_mass)},
          {"mean_log_mass_error", or_null(result.mean_log_mass_error)},
          {"law", to_string(result.law)},
          {"law_why", result.law_why},
          {"diagnostics", diagnostics_json(result.diagnostics)},
          {"timings",
           {{"load_seconds", run.load_seconds},
            {"run_seconds", result.run_seconds},
            {"write_seconds", run.write_seconds},
            {"samples_per_second", rate()}}},
          {"device", result.device},
          {"guarantee", guarantee_json(result.guarantee)}};
}

std::string baseline_summary(const InstanceFacts& facts, const BaselineOptions& options,
                             const BaselineResult& result, const RunFacts& run) {
  std::string table;
  add_line(table, "instance", instance_text(facts));
  add_line(table, "method", method_text(options, result));
  add_line(table, "drawn", drawn_text(result));
  add_line(table, "guarantee", guarantee_text(result.guarantee));
  add_line(table, "proposals",
           fmt::format("{}, {} accepted", grouped(result.proposals), grouped(result.accepted)));
  add_line(table, "cost", cost_text(result));
  add_line(table, "oracle", oracle_text(result.oracle_use));
  add_line(table, "effective", effective_text(result.diagnostics));
  add_line(table, "output", output_text(run));
  return table;
}

std::vector<ChainColumn> baseline_columns(const BaselineResult& result, std::uint32_t alphabet) {
  std::vector<ChainColumn> columns;
  const auto add = [&](const char* name, const std::vector<std::uint64_t>& values,
                       std::uint64_t factor = 1) {
    columns.push_back(
        {name, [&values, factor](std::uint64_t chain) { return factor * values[chain]; }});
  };
  const BaselineChains& chains = result.per_chain;
  add("proposals", chains.proposals);
  add("accepted", chains.accepted);
  add("rejected", chains.rejected);
  add("expansions", chains.expansions);
  add("queries", chains.expansions, alphabet);
  add("samples", chains.samples);
  return columns;
}

std::string comparison_table(const InstanceFacts& facts,
                             const std::vector<ComparedMethod>& methods) {
  std::string table;
  add_line(table, "instance", instance_text(facts));
  table += fmt::format("{:<16} {:<13} {:>9} {:>10} {:>10} {:>10}  {}\n", "method", "law", "draws",
                       "effective", "evaluated", "eval./eff.", "mean ln g");
  for (const ComparedMethod& method : methods) {
    if (!method.skipped.empty()) continue;
    const auto& effective = method.effective_samples;
    const std::optional<double> each =
        effective ? std::optional(static_cast<double>(method.evaluations) / *effective)
                  : std::nullopt;
    std::string mean = "-";
    if (method.mean_log_mass) {
      mean = fmt::format("{:.4f}", *method.mean_log_mass);
      if (method.mean_log_mass_error)
        mean += fmt::format(" +- {:.4f}", *method.mean_log_mass_error);
    }
    table += fmt::format("{:<16} {:<13} {:>9} {:>10} {:>10} {:>10}  {}\n", method.name, method.law,
                         grouped(method.drawn), figure(effective), grouped(method.evaluations),
                         figure(each), mean);
  }
  for (const ComparedMethod& method : methods)
    if (!method.skipped.empty())
      table += fmt::format("{:<16} not run: {}\n", method.name, option_words(method.skipped));
  return table;
}

}  // namespace wend
