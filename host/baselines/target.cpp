#include "host/baselines/target.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <variant>

#include "host/oracles/end_bits.hpp"
#include "host/oracles/guided.hpp"
#include "host/oracles/model_oracle.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

constexpr double kRoom = 1e-6;  // for what float rounds off a row's sum, relatively

[[noreturn]] void refuse(const BaselineOptions& options, const std::string& reason) {
  throw Error(ErrorKind::kUsage, fmt::format("method = {}", to_string(options.method)), reason);
}

bool rejects(Baseline method) {
  return method == Baseline::kRejection || method == Baseline::kMemoRejection;
}

void check_rejection(const BaselineTarget& target, const BaselineOptions& options) {
  const OracleTraits& traits = target.base->traits();
  if (traits.ratio_bound.empty())
    refuse(options,
           fmt::format("the oracle \"{}\" states no ratio_bound to reject by", traits.name));
  for (const auto& potential : target.potentials)
    if (!potential->traits().never_rises)
      refuse(options,
             fmt::format("the potential \"{}\" may rise, so that nothing bounds its factors",
                         potential->traits().name));
  if (options.power < 1)
    refuse(options,
           fmt::format("a power of {:g} raises what is below 1, so that nothing bounds it; "
                       "it must be at least 1",
                       options.power));
}

}  // namespace

BaselineTarget make_target(std::shared_ptr<BatchOracle> base,
                           std::vector<std::shared_ptr<Potential>> potentials,
                           std::shared_ptr<std::mutex> in_use) {
  const OracleTraits& traits = base->traits();
  check_traits(traits);
  BaselineTarget target;
  target.alphabet = traits.alphabet;
  target.horizon = traits.horizon;
  for (const auto& potential : potentials) {
    const PotentialTraits& of = potential->traits();
    if ((of.alphabet != 0 && of.alphabet != traits.alphabet) ||
        (of.horizon != 0 && of.horizon != traits.horizon))
      throw Error(ErrorKind::kUsage, fmt::format("potential \"{}\"", of.name),
                  fmt::format("is for {} symbols and horizon {}, the base has {} and {}",
                              of.alphabet, of.horizon, traits.alphabet, traits.horizon));
  }
  target.end_bits = end_bits_of(traits);
  target.base = std::move(base);
  target.potentials = std::move(potentials);
  target.in_use = in_use ? std::move(in_use) : std::make_shared<std::mutex>();
  return target;
}

BaselineTarget target_of(const Instance& instance, const BaselineOptions& options) {
  if (instance.class_target() != nullptr)
    refuse(options, "the draws of a class come from its members, not from rows; load a member");
  // An oracle that is asked compiles to itself.
  const Guided* guided = instance.guided();
  if (guided != nullptr || instance.facts().asked) {
    const auto model =
        std::get<ModelOracle>(instance.compile(kernels::Walk::kLifted, Correction::kNone));
    if (guided == nullptr) return make_target(model.model, {}, model.in_use);
    return make_target(guided->base, guided->potentials, model.in_use);
  }
  if (options.method == Baseline::kRejection)
    refuse(options,
           "from the estimate itself, which is in tables, this is what wend sample does with "
           "`algorithm = sequential` and `correction = reject`");
  if (options.method == Baseline::kMasking)
    refuse(options,
           "by the estimate itself, which is in tables, this is what wend sample does with "
           "`algorithm = sequential` and `correction = none`");
  BaselineTarget target =
      make_target(instance.model(kernels::Walk::kLifted, Correction::kNone), {});
  target.masses = &instance;
  return target;
}

void check_method(const BaselineTarget& target, const BaselineOptions& options) {
  if (options.samples == 0) throw Error(ErrorKind::kUsage, "samples", "must be at least 1");
  if (options.chains && (*options.chains == 0 || *options.chains > options.samples))
    throw Error(ErrorKind::kUsage, "chains",
                fmt::format("must be 1 to {}, the number of samples", options.samples));
  if (!(options.power > 0) || !std::isfinite(options.power))
    throw Error(ErrorKind::kUsage, "power", "must be a finite number above 0");
  if (options.best_of == 0) throw Error(ErrorKind::kUsage, "best_of", "must be at least 1");
  if (options.steps == 0) throw Error(ErrorKind::kUsage, "steps", "must be at least 1");
  if (options.self_test == SelfTest::kPin)
    throw Error(ErrorKind::kUsage, "self_test = pin", "goes with wend's own walks alone");
  if (rejects(options.method)) check_rejection(target, options);
  if (options.method == Baseline::kMasking && target.potentials.empty())
    refuse(options,
           "the target has no potentials to mask by; `method = low-temperature` draws by "
           "its rows, raised to `power`");
  if (options.method == Baseline::kLowTemperature && !target.potentials.empty())
    refuse(options,
           "the target has potentials, which it would not heed; `method = masking` raises "
           "rows to `power` too");
}

std::vector<double> log_bounds(const OracleTraits& base, double power) {
  std::vector<double> bounds(base.horizon + 1, 0.0);
  const bool ends = !base.end.empty();
  for (std::uint32_t h = base.horizon; h-- > 0;) {
    const double below = ends ? std::max(bounds[h + 1], 0.0) : bounds[h + 1];
    const double sum = h == 0 ? 0.0 : std::log(base.ratio_bound[h]);
    bounds[h] = below + power * (sum + std::log1p(kRoom));
  }
  return bounds;
}

}  // namespace wend
