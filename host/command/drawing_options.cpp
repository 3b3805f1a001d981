#include "host/command/drawing_options.hpp"

#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>

#include "host/command/common_options.hpp"
#include "host/command/option_values.hpp"

namespace wend {
namespace {

constexpr std::uint64_t kMostVisits = std::numeric_limits<std::uint32_t>::max();

void set_visits(SampleOptions& options, const std::string& text) {
  if (text == "proven") {
    options.visits = Visits::kProven;
  } else if (text == "measured") {
    options.visits = Visits::kMeasured;
  } else {
    const std::optional<std::uint64_t> visits = to_integer(text);
    if (!visits || *visits < 1 || *visits > kMostVisits) {
      refuse("--visits", "'" + text + "' is not proven, measured or an integer from 1 to " +
                             std::to_string(kMostVisits));
    }
    options.visits = Visits::kFixed;
    options.fixed_visits = static_cast<std::uint32_t>(*visits);
  }
}

}  // namespace

void add_drawing_options(CLI::App& app, SampleOptions& options) {
  const auto add = std::bind_front(add_option, std::ref(app));
  add(
      "--samples", "N",
      [&options](const std::string& text) {
        options.samples = integer("--samples", text, 1, kMostSamples);
      },
      "samples to draw, over all chains (default 1000)");
  add(
      "--chains", "N",
      [&options](const std::string& text) {
        options.chains = integer("--chains", text, 1, std::numeric_limits<std::uint32_t>::max());
      },
      "independent chains (default samples/16, from 1 to 65536)");
  add(
      "--visits", "K|proven|measured",
      [&options](const std::string& text) { set_visits(options, text); },
      "leaf visits before a chain's first sample (default proven)");
  add(
      "--thin", "K",
      [&options](const std::string& text) {
        options.thin = static_cast<std::uint32_t>(integer("--thin", text, 1, kMostVisits));
      },
      "leaf visits from one sample of a chain to its next (default as --visits)");
  add(
      "--kappa", "X",
      [&options](const std::string& text) {
        options.kappa = number("--kappa", text, "of at least 1",
                               [](double x) { return std::isfinite(x) && x >= 1; });
      },
      "the estimate's accuracy, in place of the instance's");
  add(
      "--delta", "X",
      [&options](const std::string& text) {
        options.delta =
            number("--delta", text, "between 0 and 1", [](double x) { return x > 0 && x < 1; });
      },
      "total-variation distance accepted (default 0.01)");
  add(
      "--max-queries", "N",
      [&options](const std::string& text) {
        options.max_queries =
            integer("--max-queries", text, 1, std::numeric_limits<std::uint64_t>::max());
      },
      "queries after which the run ends with what was drawn (default no limit)");
  add_backend(app, options.backend);
  add(
      "--engine", "NAME",
      [&options](const std::string& text) {
        options.engine =
            choice("--engine", text,
                   std::array{EngineKind::kAuto, EngineKind::kFused, EngineKind::kLockstep});
      },
      "walks and sequential only: fused (tables), lockstep (asked in batches) or auto (default)");
  add_run_options(app, options.seed, options.threads);
  add_asking_options(app, options.memo_bytes, options.max_batch);
  add_self_test(app, options.self_test);
}

}  // namespace wend
