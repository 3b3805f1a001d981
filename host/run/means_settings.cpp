#include "host/run/means_settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "wend/error.hpp"

namespace wend {
namespace {

constexpr double kDefaultRelativeError = 0.01;
constexpr double kDefaultDelta = 0.01;

[[noreturn]] void refuse(const std::string& field, const std::string& reason) {
  throw Error(ErrorKind::kUsage, field, reason);
}

void check_stopping(const InstanceFacts& facts, const MeansOptions& options) {
  if (options.chains == 0 || options.chains > 0xFFFFFFFFU)
    refuse("chains", "must be from 1 to 2^32 - 1");
  if (options.relative_error && options.queries)
    refuse("queries", "does not go with `relative_error`");
  if (options.relative_error &&
      !(*options.relative_error > 0 && std::isfinite(*options.relative_error)))
    refuse("relative_error",
           fmt::format("must be positive and finite, is {}", *options.relative_error));
  if (options.queries && *options.queries / options.chains <= facts.alphabet)
    refuse("queries", fmt::format("{} are too few: {} {} {} at the root alone", *options.queries,
                                  options.chains, options.chains == 1 ? "chain asks" : "chains ask",
                                  options.chains * facts.alphabet));
}

void check_class(const InstanceFacts& facts, const MeansOptions& options) {
  if (options.algorithm == Algorithm::kClassElimination) {
    if (facts.kind != "class")
      refuse("algorithm = class-elimination",
             fmt::format("needs an instance of kind \"class\", not \"{}\"", facts.kind));
    if (options.queries)
      refuse("queries",
             "does not go with `algorithm = class-elimination`, which asks nothing more once one "
             "member is left");
    return;
  }
  const char* reason = "only goes with `algorithm = class-elimination`";
  if (options.kappa) refuse("kappa", reason);
  if (options.delta) refuse("delta", reason);
}

}  // namespace

bool has_end(const InstanceFacts& facts) {
  return !facts.symbol_names.empty() && facts.symbol_names.front() == "<end>";
}

MeansOptions resolve_means(const InstanceFacts& facts, const MeansOptions& options) {
  if (options.algorithm == Algorithm::kAuto)
    refuse("algorithm = auto", "is of runs that draw; means need to be told whose tours they are");
  check_class(facts, options);
  check_stopping(facts, options);
  MeansOptions resolved = options;
  resolved.of.clear();
  for (const MeanOf of : kMeansOf)
    if (std::ranges::find(options.of, of) != options.of.end()) resolved.of.push_back(of);
  if (resolved.of.empty()) refuse("of", "names nothing to estimate");
  if (std::ranges::find(resolved.of, MeanOf::kLength) != resolved.of.end() && !has_end(facts))
    refuse("of = length",
           "is told of instances made from a corpus alone, whose end symbol is theirs");
  if (!resolved.queries && !resolved.relative_error)
    resolved.relative_error = kDefaultRelativeError;
  if (resolved.algorithm == Algorithm::kClassElimination && !resolved.delta)
    resolved.delta = kDefaultDelta;
  return resolved;
}

}  // namespace wend
