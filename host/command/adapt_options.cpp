#include "host/command/adapt_options.hpp"

#include <string>

#include "host/command/option_values.hpp"

namespace wend {

void add_adapt_options(CLI::App& app, SampleOptions& options) {
  add_option(
      app, "--adapt", "NAME",
      [&options](const std::string& text) { options.adapt = choice("--adapt", text, kAdapts); },
      "walks only: train the estimate by scouts before drawing: by depth, by depth and bucket, by "
      "features of buckets, whichever is cheapest (auto), or not at all (none, default)");
  add_option(
      app, "--adapt-floor", "EPS",
      [&options](const std::string& text) {
        options.adapt_floor = number("--adapt-floor", text, "greater than 0 and at most 1",
                                     [](double value) { return value > 0 && value <= 1; });
      },
      "with --adapt: trained estimates are at least this share of the untrained ones, which keeps "
      "K proven where a bound of mass over estimate is known");
  add_option(
      app, "--scouts", "N",
      [&options](const std::string& text) {
        options.scouts = integer("--scouts", text, 1, kMost64);
      },
      "with --adapt: nodes that scouts ask for, at most (default as many as pay)");
}

}  // namespace wend
