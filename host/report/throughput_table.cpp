#include "host/report/throughput_table.hpp"

#include <fmt/format.h>

#include "host/base/number_text.hpp"
#include "host/base/printable.hpp"
#include "host/report/summary.hpp"
#include "host/report/throughput_rates.hpp"

namespace wend {
namespace {

std::string percent(double share) { return fmt::format("{:.1f}%", 100 * share); }

/// "12.3 us".
std::string duration(double seconds) {
  if (seconds < 1e-3) return fmt::format("{:.2f} us", 1e6 * seconds);
  if (seconds < 1) return fmt::format("{:.2f} ms", 1e3 * seconds);
  return fmt::format("{:.2f} s", seconds);
}

std::string oracle_line(const ThroughputResult& result) {
  std::string text = fmt::format("\"{}\", {} call{} at once", printable(result.oracle),
                                 result.contexts, result.contexts == 1 ? "" : "s");
  if (result.read_flops + result.answer_flops > 0)
    text += fmt::format("; products of a symbol {} FLOP, of its row {} FLOP",
                        grouped(result.read_flops), grouped(result.answer_flops));
  return text;
}

std::string calls_text(const ThroughputResult& result) {
  if (result.calls.empty()) return {};
  std::string text = "\ncalls of the oracle alone, one at a time\n";
  text += fmt::format("{:>8} {:>15} {:>15} {:>12} {:>6}", "batch", "evaluations/s", "tokens/s",
                      "a call", "depth");
  const bool network = result.calls.front().flops.has_value();
  if (network) text += fmt::format(" {:>9} {:>9} {:>7}", "GFLOP/s", "products", "share");
  text += "\n";
  for (const CallRates& rates : result.calls) {
    text +=
        fmt::format("{:>8} {:>15} {:>15} {:>12} {:>6.1f}", grouped(std::uint64_t{rates.batch}),
                    grouped(a_second(rates.evaluations, rates.seconds)),
                    grouped(a_second(rates.tokens, rates.seconds)),
                    duration(rates.seconds / static_cast<double>(rates.calls)), rates.mean_depth);
    if (rates.flops && rates.product_flops)
      text +=
          fmt::format(" {:>9.2f} {:>9.2f} {:>7}", *rates.flops * 1e-9, *rates.product_flops * 1e-9,
                      percent(*rates.flops / *rates.product_flops));
    text += "\n";
  }
  return text;
}

std::string lockstep_rates_text(const ThroughputOptions& options, const ThroughputResult& result) {
  if (result.lockstep.empty()) return {};
  std::string text =
      fmt::format("\nruns in lockstep: {} on {}\n", to_string(options.algorithm), result.device);
  text += fmt::format("{:>8} {:>15} {:>15} {:>12} {:>8} {:>7} {:>12}\n", "chains", "expansions/s",
                      "evaluations/s", "samples/s", "batch", "full", "memo hits");
  for (const LockstepRates& rates : result.lockstep) {
    const double batch = mean_batch(rates.use);
    text += fmt::format("{:>8} {:>15} {:>15} {:>12} {:>8.1f} {:>7} {:>12}\n", grouped(rates.chains),
                        grouped(a_second(rates.totals.expansions, rates.seconds)),
                        grouped(a_second(rates.use.evaluations, rates.seconds)),
                        grouped(a_second(rates.totals.samples, rates.seconds)), batch,
                        percent(batch / rates.room), grouped(rates.use.memo_hits));
  }
  text += "\nwhere their time went\n";
  text += fmt::format("{:>8}", "chains");
  for (const TimePart& part : kTimeParts) text += fmt::format(" {:>9}", part.name);
  text += "\n";
  for (const LockstepRates& rates : result.lockstep) {
    text += fmt::format("{:>8}", grouped(rates.chains));
    for (const TimePart& part : kTimeParts)
      text += fmt::format(" {:>9}", percent(share(rates.times, part)));
    text += "\n";
  }
  return text;
}

std::string fused_text(const ThroughputOptions& options, const ThroughputResult& result) {
  if (result.fused.empty()) return {};
  std::string text = fmt::format("\nruns on tables: {} on {}\n", to_string(options.algorithm),
                                 result.fused_device);
  text +=
      fmt::format("{:>8} {:>17} {:>17} {:>15}\n", "chains", "steps/s", "queries/s", "samples/s");
  for (const FusedRates& rates : result.fused)
    text += fmt::format("{:>8} {:>17} {:>17} {:>15}\n", grouped(rates.chains),
                        grouped(a_second(rates.totals.steps, rates.seconds)),
                        grouped(a_second(rates.totals.queries, rates.seconds)),
                        grouped(a_second(rates.totals.samples, rates.seconds)));
  return text;
}

}  // namespace

std::string throughput_table(const InstanceFacts& facts, const ThroughputOptions& options,
                             const ThroughputResult& result) {
  std::string table;
  add_line(table, "instance", instance_text(facts));
  add_line(table, "oracle", oracle_line(result));
  const char* end = !result.failure.empty() ? ", before the oracle failed"
                    : result.partial        ? ", interrupted"
                                            : "";
  add_line(table, "measured", fmt::format("in {:.2f} s{}", result.seconds, end));
  return table + calls_text(result) + lockstep_rates_text(options, result) +
         fused_text(options, result);
}

}  // namespace wend
