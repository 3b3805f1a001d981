// Uniform solutions of a formula, by an oracle that counts them approximately: belief propagation.
// First a formula small enough to list all its solutions, against which the draws are checked; then
// one of 60 variables (or the FILE that is given, and how many draws), whose solutions are a few in
// a billion billion assignments.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "examples/cnf/belief_oracle.hpp"
#include "examples/cnf/formula.hpp"
#include "wend/error.hpp"
#include "wend/oracle.hpp"
#include "wend/sample.hpp"

namespace wend::examples {
namespace {

using Assignment = std::vector<std::uint32_t>;

/// Keeps the draws and their importance weights.
class Draws final : public SampleSink {
 public:
  Draws(std::uint64_t samples, std::uint32_t horizon)
      : assignments(samples, Assignment(horizon)), log_weight(samples), horizon_(horizon) {}
  void put(const SampleRows& rows) override {
    for (std::uint64_t i = 0; i < rows.count; ++i) {
      std::copy_n(rows.symbols + i * horizon_, horizon_, assignments[rows.row + i].begin());
      if (rows.log_weight != nullptr) log_weight[rows.row + i] = rows.log_weight[i];
    }
  }
  std::vector<Assignment> assignments;
  std::vector<double> log_weight;

 private:
  std::uint32_t horizon_;
};

struct Run {
  Draws draws;
  SampleResult result;
  double seconds = 0;

  Run(const Cnf& formula, const SampleOptions& options)
      : draws(options.samples, formula.variables) {
    const auto instance = make_oracle(std::make_shared<BeliefOracle>(formula));
    const std::atomic<bool> stop{false};
    const auto begin = std::chrono::steady_clock::now();
    result = sample(*instance, options, &draws, stop);
    seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    if (!result.failure.empty()) throw Error(ErrorKind::kRuntime, result.failure);
  }
};

SampleOptions walk_options(std::uint64_t samples, std::uint64_t chains, std::uint32_t visits) {
  SampleOptions options;
  options.algorithm = Algorithm::kLifted;
  options.samples = samples;
  options.chains = chains;
  options.visits = Visits::kFixed;
  options.fixed_visits = visits;
  options.seed = 1;
  return options;
}

/// Pearson's statistic of draws that should be uniform, in standard deviations from its mean.
double excess(const std::vector<std::uint64_t>& counts, std::uint64_t draws) {
  const double expected = static_cast<double>(draws) / static_cast<double>(counts.size());
  double statistic = 0;
  for (const std::uint64_t count : counts) {
    const double off = static_cast<double>(count) - expected;
    statistic += off * off / expected;
  }
  const auto freedom = static_cast<double>(counts.size() - 1);
  return (statistic - freedom) / std::sqrt(2 * freedom);
}

bool check_small(const Cnf& formula) {
  std::map<Assignment, std::size_t> number;
  Assignment assignment(formula.variables);
  for (std::uint64_t bits = 0; bits < std::uint64_t{1} << formula.variables; ++bits) {
    for (std::uint32_t v = 0; v < formula.variables; ++v) assignment[v] = (bits >> v) & 1U;
    if (satisfies(formula, assignment)) number.emplace(assignment, number.size());
  }
  const auto deviation = [&](const SampleOptions& options) {
    const Run run(formula, options);
    std::vector<std::uint64_t> counts(number.size());
    for (const Assignment& draw : run.draws.assignments) ++counts.at(number.at(draw));
    return excess(counts, options.samples);
  };
  const std::uint64_t samples = 200 * number.size();
  SampleOptions biased = walk_options(samples, 64, 1);
  biased.algorithm = Algorithm::kSequential;
  biased.correction = Correction::kNone;
  biased.visits = Visits::kDefault;
  biased.fixed_visits = 0;
  const double walked = deviation(walk_options(samples, 64, 8));
  const double forward = deviation(biased);
  fmt::print("{} variables, {} clauses: {} solutions, listed\n", formula.variables,
             formula.clauses.size(), number.size());
  fmt::print("  {} draws, chi-square's excess over what uniform draws give, in its deviations:\n",
             samples);
  fmt::print("    lifted walk                     {:8.1f}\n", walked);
  fmt::print("    forward by the estimates alone  {:8.1f}   (biased)\n\n", forward);
  return walked < 5 && forward > 20;
}

/// Effective samples of weighted ones: (sum w)^2 / sum w^2; and ln of the weights' mean, ln Z.
struct Weighted {
  double effective;
  double log_mean;
};
Weighted weigh(const std::vector<double>& log_weight) {
  const double largest = *std::ranges::max_element(log_weight);
  double sum = 0;
  double squares = 0;
  for (const double value : log_weight) {
    sum += std::exp(value - largest);
    squares += std::exp(2 * (value - largest));
  }
  return {sum * sum / squares, largest + std::log(sum / static_cast<double>(log_weight.size()))};
}

bool sample_large(const Cnf& formula, std::uint64_t samples) {
  SampleOptions weighted = walk_options(samples, 64, 0);
  weighted.algorithm = Algorithm::kSequential;
  weighted.correction = Correction::kWeight;
  weighted.visits = Visits::kDefault;
  const Run forward(formula, weighted);
  // Of the draws that are solutions: the others came to a dead end, and were begun anew.
  const Weighted weights = weigh(forward.draws.log_weight);
  const Run walk(formula, walk_options(samples, 64, 8));
  const bool all = std::ranges::all_of(
      walk.draws.assignments, [&](const Assignment& draw) { return satisfies(formula, draw); });
  // Proposals that came to a dead end have the weight 0.
  const Counters& totals = forward.result.totals;
  const double reached =
      static_cast<double>(totals.accepted) / static_cast<double>(totals.proposals);
  const double log2_solutions = (weights.log_mean + std::log(reached)) / std::log(2.0);
  const auto line = [&](const char* name, const Run& run, double effective) {
    const OracleUse& use = *run.result.oracle_use;
    fmt::print("    {:<34} {:>9} {:>11} {:>10.0f} {:>10.1f} {:>8.1f}\n", name, use.evaluations,
               run.result.totals.expansions, effective,
               static_cast<double>(use.evaluations) / effective, run.seconds);
  };
  fmt::print("{} variables, {} clauses: about 2^{:.1f} solutions\n", formula.variables,
             formula.clauses.size(), log2_solutions);
  fmt::print("  {} draws, all of them solutions: {}\n", samples, all ? "yes" : "NO");
  fmt::print("    {:<34} {:>9} {:>11} {:>10} {:>10} {:>8}\n", "", "evaluated", "expansions",
             "effective", "eval./eff.", "seconds");
  line("lifted walk, 8 leaf visits a draw", walk,
       walk.result.diagnostics.first_symbol.effective_samples.value_or(
           static_cast<double>(samples)));
  line("forward, importance weights", forward, weights.effective);
  fmt::print("    {:<34} {:>9} {:>11} {:>10} {:>10.1e}   (assignments tried)\n\n",
             "rejection from all assignments", "-", "-", "1",
             std::exp2(formula.variables - log2_solutions));
  return all;
}

int run(int argc, char** argv) {
  const std::string folder = std::string(WEND_SOURCE_DIR) + "/examples/";
  if (argc > 1 && std::string(argv[1]) == "--small")
    return check_small(read_dimacs(folder + "cnf/small.cnf")) ? 0 : 1;
  const std::string large = argc > 1 ? argv[1] : folder + "formula.cnf";
  const std::uint64_t samples = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 128;
  const bool right = check_small(read_dimacs(folder + "cnf/small.cnf")) &&
                     sample_large(read_dimacs(large), std::max<std::uint64_t>(samples, 64));
  return right ? 0 : 1;
}

}  // namespace
}  // namespace wend::examples

int main(int argc, char** argv) {
  try {
    return wend::examples::run(argc, argv);
  } catch (const wend::Error& error) {
    fmt::print(stderr, "wend-cnf: {}\n", error.what());
    return static_cast<int>(error.kind());
  }
}
