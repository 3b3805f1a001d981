#include "host/baselines/comparison.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <mutex>
#include <utility>

#include "host/base/error_reason.hpp"
#include "host/baselines/metered_oracle.hpp"
#include "host/baselines/run.hpp"
#include "host/baselines/target.hpp"
#include "host/oracles/model_oracle.hpp"
#include "wend/error.hpp"
#include "wend/potential.hpp"

namespace wend {
namespace {

constexpr std::uint64_t kEvaluations = 2000;
constexpr std::uint64_t kDraws = 16;    // times as many, at most
constexpr std::uint64_t kNodes = 1000;  // the same
constexpr std::uint64_t kChains = 16;

/// Keeps the masses and weights of all draws, in the order in which they come: of chains that one
/// thread hands on, the same in every run.
class MassSink final : public SampleSink {
 public:
  void put(const SampleRows& rows) override {
    const std::scoped_lock lock(mutex_);
    masses_.insert(masses_.end(), rows.log_mass, rows.log_mass + rows.count);
    if (rows.log_weight != nullptr)
      weights_.insert(weights_.end(), rows.log_weight, rows.log_weight + rows.count);
  }

  /// Of draws of equal weight the standard error is by `effective_samples`.
  void tell(const std::optional<double>& effective_samples, ComparedMethod& method) const {
    if (masses_.empty()) return;
    std::vector<double> weights(masses_.size(), 1.0);
    if (!weights_.empty()) {
      const double most = *std::ranges::max_element(weights_);
      for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = std::exp(weights_[i] - most);
    }
    double total = 0;
    double sum = 0;
    for (std::size_t i = 0; i < masses_.size(); ++i) {
      total += weights[i];
      sum += weights[i] * masses_[i];
    }
    const double mean = sum / total;
    double squares = 0;
    for (std::size_t i = 0; i < masses_.size(); ++i) {
      const double off = (masses_[i] - mean) * weights[i];
      squares += off * off;
    }
    method.mean_log_mass = mean;
    if (!weights_.empty())
      method.mean_log_mass_error = std::sqrt(squares) / total;
    else if (effective_samples)
      method.mean_log_mass_error = std::sqrt(squares / total / *effective_samples);
  }

 private:
  std::mutex mutex_;
  std::vector<double> masses_;
  std::vector<double> weights_;
};

std::optional<double> effective_samples(const Diagnostics& diagnostics) {
  if (diagnostics.weighted_effective_samples) return diagnostics.weighted_effective_samples;
  const auto& mass = diagnostics.log_mass.effective_samples;
  const auto& symbol = diagnostics.first_symbol.effective_samples;
  if (mass && symbol) return std::min(*mass, *symbol);
  return mass ? mass : symbol;
}

class Comparison {
 public:
  Comparison(const Instance& instance, const BaselineOptions& options,
             const std::atomic<bool>& stop)
      : instance_(instance),
        options_(options),
        stop_(stop),
        evaluations_(options.max_evaluations.value_or(kEvaluations)) {
    options_.max_evaluations = evaluations_;
    options_.self_test = SelfTest::kOff;
    options_.samples = kDraws * evaluations_;
    options_.chains = std::min(options.chains.value_or(kChains), options_.samples);
  }

  ComparedMethod baseline(Baseline method) const {
    ComparedMethod found{std::string(to_string(method)), "", "", 0, 0, {}, {}, {}};
    try {
      BaselineOptions options = options_;
      options.method = method;
      BaselineTarget target = target_of(instance_, options);
      target.masses = nullptr;  // on the rows' own scale, as the walks' are
      options.max_queries = kNodes * evaluations_ * target.alphabet;
      const BaselineResult result = run_baseline(target, options, nullptr, stop_);
      if (!result.failure.empty()) throw Error(ErrorKind::kRuntime, result.failure);
      found.law = to_string(result.law);
      found.drawn = result.drawn;
      found.evaluations = result.oracle_use.evaluations;
      found.effective_samples = effective_samples(result.diagnostics);
      found.mean_log_mass = result.mean_log_mass;
      found.mean_log_mass_error = result.mean_log_mass_error;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kUsage || !error.field().starts_with("method")) throw;
      found.skipped = reason_of(error);
    }
    return found;
  }

  ComparedMethod walk(Algorithm algorithm) const {
    ComparedMethod found{std::string(to_string(algorithm)), "in the limit", "", 0, 0, {}, {}, {}};
    std::atomic<bool> spent{false};
    BaselineOptions any = options_;
    any.method = Baseline::kSuffixMh;  // fits every target
    BaselineTarget target = target_of(instance_, any);
    const std::unique_lock<std::mutex> alone = hold(*target.base, *target.in_use);
    auto metered =
        std::make_shared<MeteredOracle>(target.base, options_.power, evaluations_, stop_, spent);
    const std::shared_ptr<const Instance> product =
        target.potentials.empty() ? make_oracle(metered) : make_guided(metered, target.potentials);
    SampleOptions options;
    options.algorithm = algorithm;
    options.samples = options_.samples;
    options.chains = options_.chains;
    options.seed = options_.seed;
    options.threads = 1;  // draws come in one order
    options.memo_bytes = options_.memo_bytes;
    options.max_batch = options_.max_batch;
    options.max_queries = kNodes * evaluations_ * target.alphabet;
    options.self_test = SelfTest::kOff;
    if (algorithm == Algorithm::kSequential) {
      const bool bounded = !product->model(kernels::Walk::kSequential, Correction::kNone)
                                ->traits()
                                .ratio_bound.empty();
      options.correction = bounded ? Correction::kReject : Correction::kWeight;
      found.law = bounded ? "exact" : "weighted";
    } else {
      options.visits = Visits::kFixed;
      options.fixed_visits = 1;
    }
    MassSink masses;
    const SampleResult result = sample(*product, options, &masses, spent);
    if (!result.failure.empty()) throw Error(ErrorKind::kRuntime, result.failure);
    found.drawn = result.drawn;
    found.evaluations = result.oracle_use->evaluations;
    if (result.drawn == 0) return found;
    found.effective_samples = effective_samples(result.diagnostics);
    masses.tell(found.effective_samples, found);
    return found;
  }

 private:
  const Instance& instance_;
  BaselineOptions options_;
  const std::atomic<bool>& stop_;
  std::uint64_t evaluations_;
};

}  // namespace

std::vector<ComparedMethod> compare_methods(const Instance& instance,
                                            const BaselineOptions& options,
                                            const std::atomic<bool>& stop) {
  const Comparison comparison(instance, options, stop);
  std::vector<ComparedMethod> found;
  for (const Baseline method : kBaselines) {
    if (stop) return found;
    found.push_back(comparison.baseline(method));
  }
  for (const Algorithm algorithm : {Algorithm::kLifted, Algorithm::kSequential}) {
    if (stop) return found;
    found.push_back(comparison.walk(algorithm));
  }
  return found;
}

}  // namespace wend
