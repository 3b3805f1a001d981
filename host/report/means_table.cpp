#include "host/report/means_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <span>
#include <vector>

#include "host/base/console.hpp"
#include "host/base/number_text.hpp"
#include "host/base/printable.hpp"
#include "host/report/summary.hpp"

namespace wend {
namespace {

constexpr std::size_t kSymbolsShown = 5;
constexpr std::uint32_t kPositionsShown = 24;  // all, if there are no more; else of them
constexpr std::uint32_t kLastShown = 4;        // the last ones

/// As many decimals as the error has two digits of.
std::string mean_text(const Mean& mean) {
  const int decimals =
      mean.standard_error > 0
          ? std::clamp(1 - static_cast<int>(std::floor(std::log10(mean.standard_error))), 0, 12)
          : 6;
  return fmt::format("{:.{}f} +- {:.{}f}", mean.mean, decimals, mean.standard_error, decimals);
}

std::string symbol_name(const InstanceFacts& facts, std::size_t symbol) {
  return facts.symbol_names.empty() ? std::to_string(symbol)
                                    : printable(facts.symbol_names[symbol]);
}

/// The symbols with the largest means, at most kSymbolsShown of those above 0.
std::string symbols_text(const InstanceFacts& facts, std::span<const Mean> means) {
  std::vector<std::size_t> order(means.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const std::size_t shown = std::min(kSymbolsShown, order.size());
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(shown), order.end(),
                    [&](std::size_t a, std::size_t b) {
                      return means[a].mean != means[b].mean ? means[a].mean > means[b].mean : a < b;
                    });
  std::string text;
  for (std::size_t i = 0; i < shown && means[order[i]].mean > 0; ++i)
    text += fmt::format("{}{} {}", i == 0 ? "" : "   ", symbol_name(facts, order[i]),
                        mean_text(means[order[i]]));
  return text;
}

void add_marginals(std::string& table, const InstanceFacts& facts, const MeansResult& result) {
  table += "\nposition    most likely symbols\n";
  const bool all = facts.horizon <= kPositionsShown;
  for (std::uint32_t h = 0; h < facts.horizon; ++h) {
    if (!all && h == kPositionsShown - kLastShown) {
      add_line(table, "...", "(--json prints all)");
      h = facts.horizon - kLastShown;
    }
    add_line(
        table, std::to_string(h + 1),
        symbols_text(
            facts,
            std::span(result.marginals).subspan(std::size_t{h} * facts.alphabet, facts.alphabet)));
  }
}

std::string taken_text(const MeansOptions& options, const MeansResult& result) {
  std::string text = grouped(result.tours.value_or(result.draws));
  if (result.tours)
    text += fmt::format(" ({} {})", grouped(result.draws),
                        options.algorithm == Algorithm::kSequential ? "to a leaf" : "leaf visits");
  text += fmt::format(" in {:.2f} s", result.seconds);
  if (!result.failure.empty()) return text + ", before the oracle failed";
  return result.partial ? text + ", interrupted" : text;
}

const char* taken_label(const MeansOptions& options) {
  switch (options.algorithm) {
    case Algorithm::kSequential:
      return "proposals";
    case Algorithm::kClassElimination:
      return "samples";
    default:
      return "tours";
  }
}

}  // namespace

std::string means_table(const InstanceFacts& facts, const MeansOptions& options,
                        const MeansResult& result) {
  std::string table;
  add_line(table, "instance", instance_text(facts));
  add_line(table, "algorithm",
           fmt::format("{}, {} {} on {}", to_string(options.algorithm), grouped(options.chains),
                       options.chains == 1 ? "chain" : "chains", result.device));
  add_line(table, taken_label(options), taken_text(options, result));
  add_line(table, "queries", grouped(result.queries));
  if (result.oracle_use)
    add_line(
        table, "oracle",
        fmt::format("{}; {:.2f} s", oracle_text(*result.oracle_use), result.oracle_use->seconds));
  if (result.log_z) add_line(table, "ln Z", mean_text(*result.log_z));
  if (result.log_mass) add_line(table, "log-mass", mean_text(*result.log_mass));
  if (result.length) add_line(table, "length", mean_text(*result.length));
  if (!result.symbols.empty()) add_line(table, "symbols", symbols_text(facts, result.symbols));
  if (!result.marginals.empty()) add_marginals(table, facts, result);
  return table;
}

std::string means_line(const MeansProgress& so_far) {
  return fmt::format("{} tours  {} queries  ln Z {}", grouped(so_far.tours),
                     grouped(so_far.queries), mean_text(so_far.log_z))
      .substr(0, kLineColumns);
}

}  // namespace wend
