// Queries to the first sample, by class-elimination and by the walks, against the horizon and the
// size of the class: prints the table of docs/performance.md. Usage: class_scaling [--quick]
#include <fmt/core.h>

#include <atomic>
#include <cmath>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "host/instances/class/families.hpp"
#include "host/instances/class/instance.hpp"
#include "wend/bounds.hpp"
#include "wend/sample.hpp"

namespace wend::bench {
namespace {

constexpr double kDelta = 0.01;
const std::atomic<bool> kNeverStop{false};

ClassMembers make_members(const std::string& family, std::uint32_t horizon, std::uint32_t count) {
  const FamilySize size{2, horizon, count, 1};
  if (family == "product") return product_members(size, 0.5, family);
  if (family == "markov") return markov_members(size, family);
  if (family == "needle") return needle_members(size, std::nullopt, 0.5, family);
  if (family == "faint needle") return needle_members(size, std::nullopt, 0.02, family);
  return adapter_members(random_model(2, 3, 1, family), size, 2, 1.0, family);
}

std::unique_ptr<Instance> make_instance(const std::string& family, std::uint32_t horizon,
                                        std::uint32_t count, double kappa) {
  ClassTarget target;
  target.members = make_members(family, horizon, count);
  target.family = family;
  target.truth = count / 2;
  target.kappa = kappa;
  target.estimate.kind = EstimateSpec::Kind::kNoise;
  target.estimate.kappa = kappa;
  return make_class(std::move(target));
}

/// The mean over replicates, each with a truth and noise of its own.
double elimination_queries(const Instance& instance, std::uint64_t replicates) {
  SampleOptions options;
  options.algorithm = Algorithm::kClassElimination;
  options.version_space = VersionSpace::kIndependent;
  options.replicates = true;
  options.samples = replicates;
  options.chains = replicates;
  options.delta = kDelta;
  const SampleResult result = sample(instance, options, nullptr, kNeverStop);
  double sum = 0;
  for (const std::uint64_t queries : result.elimination->chains.queries_to_first)
    sum += static_cast<double>(queries);
  return sum / static_cast<double>(replicates);
}

/// Expected queries of either walk to its first sample, at the proven K and stationary: a visit
/// moves down into interior nodes as often as their estimates sum to (Kac's formula,
/// docs/design.md), (H - 1) times the mean of the noise.
double expected_walk_queries(double kappa, std::uint32_t horizon) {
  const double mean_noise = (kappa - 1 / kappa) / (2 * std::log(kappa));
  return 2 * (1 + proven_visits_real(relaxation_bound(kappa, horizon), kDelta) * (horizon - 1) *
                      mean_noise);
}

/// The same, run: the mean of 16 chains.
double measured_walk_queries(const Instance& instance, Algorithm algorithm) {
  SampleOptions options;
  options.algorithm = algorithm;
  options.chains = 16;
  options.samples = 16;
  options.delta = kDelta;
  options.backend = Backend::kCpu;
  const SampleResult result = sample(instance, options, nullptr, kNeverStop);
  return static_cast<double>(result.totals.queries) / 16;
}

/// Least-squares slope of log y over log x.
double exponent(const std::vector<double>& x, const std::vector<double>& y) {
  double sx = 0;
  double sy = 0;
  double sxx = 0;
  double sxy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double a = std::log(x[i]);
    const double b = std::log(y[i]);
    sx += a;
    sy += b;
    sxx += a * a;
    sxy += a * b;
  }
  const auto n = static_cast<double>(x.size());
  return (n * sxy - sx * sy) / (n * sxx - sx * sx);
}

void print_family(const std::string& family, double kappa, bool quick) {
  const std::vector<std::uint32_t> horizons =
      quick ? std::vector<std::uint32_t>{16, 64}
            : std::vector<std::uint32_t>{16, 64, 256, 1024, 4096};
  const std::vector<std::uint32_t> counts =
      quick ? std::vector<std::uint32_t>{2, 256}
            : std::vector<std::uint32_t>{2, 16, 256, 4096, 65536};
  std::vector<std::vector<double>> found(counts.size() + 1);
  std::vector<double> sizes;
  for (const std::uint32_t horizon : horizons) {
    sizes.push_back(horizon);
    fmt::print("| {} | {} | {} ", family, kappa, horizon);
    for (std::size_t i = 0; i < counts.size(); ++i) {
      const auto instance = make_instance(family, horizon, counts[i], kappa);
      const double work = static_cast<double>(counts[i]) * horizon;
      const std::uint64_t replicates = work > 1e7 ? 8 : (work > 1e5 ? 32 : 128);
      found[i].push_back(elimination_queries(*instance, replicates));
      fmt::print("| {:.1f} ", found[i].back());
      std::fflush(stdout);
      if (i + 1 < counts.size()) continue;
      found.back().push_back(expected_walk_queries(kappa, horizon));
      fmt::print("| {:.2e} ", found.back().back());
      constexpr std::uint32_t kLongestRun = 256;  // beyond, a run takes minutes
      for (const Algorithm walk : {Algorithm::kJerrumSinclair, Algorithm::kLifted})
        fmt::print("| {} ", horizon <= kLongestRun
                                ? fmt::format("{:.2e}", measured_walk_queries(*instance, walk))
                                : "-");
    }
    fmt::print("|\n");
    std::fflush(stdout);
  }
  fmt::print("| {} | {} | exponent ", family, kappa);
  for (const std::vector<double>& column : found) fmt::print("| {:.2f} ", exponent(sizes, column));
  fmt::print("| | |\n");
}

void print_table(bool quick) {
  fmt::print("| family | kappa | H |");
  for (const char* count : {"2", "16", "256", "4,096", "65,536"})
    if (!quick || std::strcmp(count, "2") == 0 || std::strcmp(count, "256") == 0)
      fmt::print(" F = {} |", count);
  fmt::print(" walks, expected | jerrum-sinclair, run | lifted, run |\n|");
  for (int i = 0; i < (quick ? 8 : 11); ++i) fmt::print(" --- |");
  fmt::print("\n");
  for (const char* family : {"product", "markov", "needle", "faint needle", "adapters"})
    for (const double kappa : {1.2, 2.0}) print_family(family, kappa, quick);
}

}  // namespace
}  // namespace wend::bench

int main(int argc, char** argv) {
  try {
    wend::bench::print_table(argc > 1 && std::strcmp(argv[1], "--quick") == 0);
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "class_scaling: {}\n", error.what());
    return 1;
  }
}
