// Draws from real inputs with every sampler and compares what came out with exact values.

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "examples/exact_values.hpp"
#include "host/base/number_text.hpp"
#include "host/base/stopwatch.hpp"
#include "host/files/instance_json.hpp"
#include "host/files/json_reader.hpp"
#include "host/instances/instance.hpp"
#include "host/instances/ngram/load.hpp"
#include "wend/error.hpp"
#include "wend/sample.hpp"

namespace wend::demo {
namespace {

constexpr std::uint64_t kKeptDraws = 12;
constexpr std::string_view kLegend =
    R"(Each line is a sampler: how far its draws are from exact values (a root mean square of 1 is
chance), and what they took. A query is one estimate of a mass that the oracle gave. Those of pilots
are counted in, short runs that choose a sampler or how far apart draws must be, and those of scouts,
which train the estimate.

)";
constexpr std::string_view kSummary = R"(
The estimates are wrong everywhere, and the uncorrected sampler hands their error on. The walks go
up as well as down, and so draw from the exact law whatever the error; it costs them queries, never
correctness. Training the estimate first (--adapt auto) takes most of that cost away where it is
large. auto tries the samplers that do not train, and takes the cheapest of which it can be shown
that its draws are close enough. For the packages that is not rejection: probabilities are rounded
to 2^-32, and the error of that is divided by the small share of proposals that is accepted.
)";
constexpr double kBiased = 1.5;  ///< root mean square error, where chance alone makes 1

/// Counts how often every symbol stood at every place, and keeps the first few draws.
class SymbolCounts : public SampleSink {
 public:
  SymbolCounts(std::uint32_t alphabet, std::uint32_t horizon, std::uint64_t keep)
      : alphabet_(alphabet),
        horizon_(horizon),
        counts_(std::size_t{alphabet} * horizon, 0),
        kept_(keep * horizon) {}

  void put(const SampleRows& rows) override {
    const std::scoped_lock lock(mutex_);
    for (std::uint64_t i = 0; i < rows.count; ++i) {
      for (std::uint32_t h = 0; h < horizon_; ++h) {
        const std::uint32_t symbol = rows.symbols[i * horizon_ + h];
        ++counts_[std::size_t{h} * alphabet_ + symbol];
        const std::uint64_t place = (rows.row + i) * horizon_ + h;
        if (place < kept_.size()) kept_[place] = symbol;
      }
    }
  }

  [[nodiscard]] const std::vector<std::uint64_t>& counts() const { return counts_; }
  [[nodiscard]] std::span<const std::uint32_t> kept(std::uint64_t row) const {
    return std::span(kept_).subspan(row * horizon_, horizon_);
  }

 private:
  std::uint32_t alphabet_;
  std::uint32_t horizon_;
  std::mutex mutex_;
  std::vector<std::uint64_t> counts_;
  std::vector<std::uint32_t> kept_;
};

/// How far counts lie from exact probabilities, in standard errors.
struct Deviation {
  double root_mean_square = 0;  ///< 1 is what chance alone makes
  double largest = 0;
};

Deviation deviation(const std::vector<std::uint64_t>& counts,
                    const std::vector<double>& probabilities, double draws) {
  constexpr double kLeastExpected = 20;  // below, the normal law does not describe a count
  Deviation result;
  double squares = 0;
  double cells = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double p = probabilities[i];
    if (draws * p < kLeastExpected || draws * (1 - p) < kLeastExpected) continue;
    const double error =
        (static_cast<double>(counts[i]) - draws * p) / std::sqrt(draws * p * (1 - p));
    squares += error * error;
    ++cells;
    result.largest = std::max(result.largest, std::abs(error));
  }
  result.root_mean_square = std::sqrt(squares / cells);
  return result;
}

struct Sampler {
  const char* name;
  Algorithm algorithm;
  Correction correction;
  std::uint64_t draws;
  Adapt adapt = Adapt::kNone;
};

constexpr Algorithm kSequential = Algorithm::kSequential;

/// Queries of a run, those of its pilots and scouts included.
double queries_of(const SampleResult& result) {
  std::uint64_t queries = result.totals.queries + result.pilot_queries;
  if (result.choice) queries += result.choice->pilot_queries;
  if (result.adaptation) queries += result.adaptation->queries;
  return static_cast<double>(queries);
}

/// Runs one sampler, prints its line and returns what it drew.
std::unique_ptr<SymbolCounts> compare(const Instance& instance, const Sampler& sampler,
                                      const std::vector<double>& exact,
                                      std::optional<std::uint64_t> most_queries = {}) {
  SampleOptions options;
  options.algorithm = sampler.algorithm;
  options.correction = sampler.correction;
  options.samples = sampler.draws;
  options.chains = std::min<std::uint64_t>(sampler.draws, 1024);
  options.adapt = sampler.adapt;
  options.max_queries = most_queries;
  options.seed = 1;
  const InstanceFacts& about = facts(instance);
  auto draws = std::make_unique<SymbolCounts>(about.alphabet, about.horizon, kKeptDraws);
  const std::atomic<bool> stop = false;
  const Stopwatch watch;  // of pilots and scouts too
  const SampleResult result = sample(instance, options, draws.get(), stop);
  const double seconds = watch.seconds();
  if (result.drawn == 0) {
    fmt::print("  {:<24} {:>8}  none of {} proposals in {} queries was accepted\n", sampler.name, 0,
               grouped(result.totals.proposals), grouped(result.totals.queries));
    std::fflush(stdout);
    return draws;
  }
  const auto count = static_cast<double>(result.drawn);
  const Deviation off = deviation(draws->counts(), exact, count);
  fmt::print("  {:<24} {:>8}  {:>16.2f} {:>9.1f}  {:>12}  {:>7.1f}   {}\n", sampler.name,
             grouped(result.drawn), off.root_mean_square, off.largest,
             grouped(queries_of(result) / count), seconds,
             off.root_mean_square < kBiased ? "chance alone" : "BIASED");
  std::fflush(stdout);
  return draws;
}

void print_heading() {
  fmt::print("  {:<24} {:>8}  {:>26}\n", "", "", "error, in standard errors");
  fmt::print("  {:<24} {:>8}  {:>16} {:>9}  {:>12}  {:>7}\n", "sampler", "draws",
             "root mean square", "largest", "queries/draw", "seconds");
}

void packages(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / "packages.json";
  const nlohmann::json document = read_instance_json(file);
  const auto weights = document.at("weights").get<std::vector<std::uint32_t>>();
  const auto capacity = document.at("capacity").get<std::uint32_t>();
  const auto total = std::accumulate(weights.begin(), weights.end(), std::uint64_t{0});
  const auto instance = load_instance(file);

  fmt::print(
      "Packages on a disk. {} Debian packages, {} KiB installed in all; which sets of them fit\n"
      "{} KiB? Draw uniformly from all that do, with a counter of the sets that is rounded until\n"
      "its table takes {}. Error of the {} probabilities that a package is in, against exact\n"
      "dynamic programming:\n\n",
      weights.size(), grouped(total), grouped(std::uint64_t{capacity}),
      byte_size(instance->table_bytes(kernels::Walk::kLifted)), weights.size());
  const std::vector<double> taken = inclusion_probabilities(weights, capacity);
  // Of each pair (left, taken) the second cell says it all; the first has no probability to check.
  std::vector<double> exact;
  for (const double p : taken) exact.insert(exact.end(), {0.0, p});
  print_heading();
  compare(*instance, {"sequential, uncorrected", kSequential, Correction::kNone, 50'000}, exact);
  compare(*instance, {"sequential, rejection", kSequential, Correction::kReject, 20'000}, exact);
  compare(*instance, {"walk, jerrum-sinclair", Algorithm::kJerrumSinclair, {}, 64}, exact);
  compare(*instance, {"walk, lifted", Algorithm::kLifted, {}, 20'000}, exact);
  compare(*instance, {"walk, lifted, adapted", Algorithm::kLifted, {}, 256, Adapt::kAuto}, exact);
  compare(*instance, {"auto", Algorithm::kAuto, {}, 20'000}, exact);
}

std::string detail(const InstanceFacts& about, std::string_view name) {
  for (const auto& [key, value] : about.details)
    if (key == name) return value;
  return "";
}

void words(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / "words.json";
  const nlohmann::json document = read_instance_json(file);
  const auto instance = load_ngram(JsonReader(file, "", document));
  const InstanceFacts& about = instance->facts();

  fmt::print(
      "\nInvented words. A {}-gram model of {} English words, to have at most {} letters, to "
      "contain\n"
      "\"qu\" and neither \"ing\" nor \"ss\"; the oracle looks {} letters ahead, so that it walks "
      "into\n"
      "dead ends. Error of the probabilities of every letter at every place, against exact "
      "sums:\n\n",
      document.at("order").get<int>(),
      grouped(std::uint64_t{std::stoul(detail(about, "words read"))}), about.horizon,
      document.at("estimate").at("depth").get<int>());
  const std::vector<double> exact = symbol_probabilities(*instance->state_graph());
  print_heading();
  compare(*instance, {"sequential, uncorrected", kSequential, Correction::kNone, 50'000}, exact);
  compare(*instance, {"sequential, rejection", kSequential, Correction::kReject, 50'000}, exact);
  compare(*instance, {"walk, jerrum-sinclair", Algorithm::kJerrumSinclair, {}, 2'048}, exact);
  const auto draws = compare(*instance, {"walk, lifted", Algorithm::kLifted, {}, 50'000}, exact);
  compare(*instance, {"walk, lifted, adapted", Algorithm::kLifted, {}, 50'000, Adapt::kAuto},
          exact);
  compare(*instance, {"auto", Algorithm::kAuto, {}, 50'000}, exact);
  fmt::print("\n  Some draws of the lifted walk:");
  for (std::uint64_t row = 0; row < kKeptDraws; ++row) {
    std::string word;
    for (const std::uint32_t symbol : draws->kept(row))
      if (symbol != 0) word += about.symbol_names[symbol];
    fmt::print(" {}", word);
  }
  fmt::print("\n");
}

void noisy_words(const std::filesystem::path& folder) {
  InstanceDocument document;
  document.folder = folder;
  document.json = R"({"wend": 1, "kind": "ngram", "corpus": "words.txt", "order": 2, "horizon": 64,
      "estimate": {"kind": "noise", "model": "sign", "kappa": 2, "seed": 1}})";
  const auto instance = make_instance(document);
  fmt::print(
      "\nWords again, of at most 64 letters, each after the one before it, by an oracle that is "
      "off "
      "by a\nfactor of 2 one way or the other, as a coin has it at every place and letter. A "
      "proposal passes\n64 such factors, so that rejection never ends. Error as above:\n\n");
  const std::vector<double> exact = symbol_probabilities(*instance->state_graph());
  print_heading();
  compare(*instance, {"sequential, uncorrected", kSequential, Correction::kNone, 20'000}, exact);
  compare(*instance, {"sequential, rejection", kSequential, Correction::kReject, 1'000}, exact,
          100'000'000);
  compare(*instance, {"walk, lifted", Algorithm::kLifted, {}, 2'000}, exact);
  compare(*instance, {"walk, lifted, adapted", Algorithm::kLifted, {}, 20'000, Adapt::kAuto},
          exact);
  compare(*instance, {"auto", Algorithm::kAuto, {}, 2'000}, exact);
}

}  // namespace
}  // namespace wend::demo

int main(int argc, char** argv) {
  try {
    const std::filesystem::path folder = argc > 1
                                             ? std::filesystem::path(argv[1])
                                             : std::filesystem::path(WEND_SOURCE_DIR) / "examples";
    if (argc > 2 || !std::filesystem::is_directory(folder))
      throw wend::Error(wend::ErrorKind::kUsage, "usage",
                        "wend-demo [FOLDER], the one that has packages.json and words.json");
    fmt::print(wend::demo::kLegend);
    wend::demo::packages(folder);
    wend::demo::words(folder);
    wend::demo::noisy_words(folder);
    fmt::print(wend::demo::kSummary);
    return 0;
  } catch (const wend::Error& error) {
    fmt::print(stderr, "wend-demo: {}\n", error.what());
    return error.exit_status();
  } catch (const std::exception& error) {
    fmt::print(stderr, "wend-demo: {}\n", error.what());
    return static_cast<int>(wend::ErrorKind::kRuntime);
  }
}
