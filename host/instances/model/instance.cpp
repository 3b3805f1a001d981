#include "host/instances/model/instance.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "host/oracles/cuda_model.hpp"
#include "host/oracles/joint_constraints.hpp"
#include "host/oracles/model_oracle.hpp"
#include "host/oracles/state_graph.hpp"
#include "kernels/lockstep/log_mass.hpp"
#include "wend/bounds.hpp"
#include "wend/error.hpp"
#include "wend/potential.hpp"

namespace wend {
namespace {

// One node, alone.
class SingleAsk {
 public:
  explicit SingleAsk(BatchOracle& oracle)
      : oracle_(oracle), logs_(oracle.traits().alphabet), masses_(oracle.traits().alphabet) {}

  // ln of the ratios of its children; at the root of the masses themselves where rows are masses.
  const std::vector<double>& operator()(const std::vector<std::uint32_t>& prefix) {
    const auto depth = static_cast<std::uint32_t>(prefix.size());
    const std::uint32_t zero = 0;
    const std::uint32_t symbol = prefix.empty() ? 0 : prefix.back();
    const std::uint32_t* symbols = prefix.data();
    const OracleBatch batch{1, &zero, &depth, &symbol, &zero, &symbols};
    const std::uint32_t alphabet = oracle_.traits().alphabet;
    if (oracle_.traits().rows == RowKind::kLogRatio) {
      std::vector<float> row(alphabet);
      OracleRows rows;
      rows.log_ratio = row.data();
      oracle_.expand(0, batch, rows);
      std::ranges::copy(row, logs_.begin());
      return logs_;
    }
    double own = 1;
    OracleRows rows;
    rows.mass = masses_.data();
    rows.own = &own;
    oracle_.expand(0, batch, rows);
    if (depth == 0) own = 1;
    // As the engine keeps it.
    for (std::uint32_t c = 0; c < alphabet; ++c)
      logs_[c] = static_cast<double>(
          static_cast<float>(kernels::log_of_mass(masses_[c]) - kernels::log_of_mass(own)));
    return logs_;
  }

 private:
  BatchOracle& oracle_;
  std::vector<double> logs_;
  std::vector<double> masses_;
};

}  // namespace

ModelInstance::ModelInstance(std::shared_ptr<BatchOracle> oracle, InstanceFacts source,
                             std::uint64_t working_bytes, std::shared_ptr<const Network> network,
                             std::optional<Guided> parts)
    : oracle_(std::move(oracle)),
      parts_(std::move(parts)),
      facts_(std::move(source)),
      working_bytes_(working_bytes),
      network_(std::move(network)) {
  const OracleTraits& traits = oracle_->traits();
  check_traits(traits);
  facts_.asked = true;
  facts_.estimate = traits.name;
  facts_.alphabet = traits.alphabet;
  facts_.horizon = traits.horizon;
  facts_.kappa = traits.kappa;
  facts_.kappa_by_depth = traits.kappa_by_depth;
  if (traits.kappa && facts_.kappa_by_depth.empty()) {
    facts_.kappa_by_depth.assign(traits.horizon, *traits.kappa);
    facts_.kappa_by_depth.back() = 1;
  }
  const std::string why = traits.kappa_why.empty() ? "as the oracle states" : traits.kappa_why;
  facts_.kappa_why = traits.kappa ? why : "the oracle does not state its accuracy";
  facts_.kappa_by_depth_why = facts_.kappa_by_depth.empty() ? facts_.kappa_why : why;
  facts_.symbol_names = traits.symbol_names;
  if (!parts_) return;
  for (const auto& potential : parts_->potentials)
    working_bytes_ += potential->traits().bytes + traits.contexts * potential->traits().call_bytes;
}

ModelInstance::ModelInstance(const Guided& parts, InstanceFacts source, std::uint64_t working_bytes,
                             std::shared_ptr<const Network> network)
    : ModelInstance(make_guided_oracle(parts), std::move(source), working_bytes, std::move(network),
                    parts) {}

Oracle ModelInstance::compile(kernels::Walk walk, Correction correction) const {
  return make_model_oracle(oracle_, walk, correction, false, in_use_);
}

std::shared_ptr<BatchOracle> ModelInstance::model(kernels::Walk /*walk*/,
                                                  Correction /*correction*/) const {
  return oracle_;
}

ModelInstance::PathSums ModelInstance::ask_along(const std::uint32_t* symbols) const {
  const OracleTraits& traits = oracle_->traits();
  const std::unique_lock<std::mutex> alone = hold(*oracle_, *in_use_);
  SingleAsk ask(*oracle_);
  std::vector<std::uint32_t> prefix;
  PathSums sums;
  for (std::uint32_t h = 0; h < traits.horizon; ++h) {
    const std::vector<double>& logs = ask(prefix);
    sums.log_mass += logs[symbols[h]];
    sums.log_weight += log_sum(logs);
    prefix.push_back(symbols[h]);
    if (std::ranges::find(traits.end, symbols[h]) != traits.end.end()) break;
  }
  return sums;
}

double ModelInstance::log_mass(const std::uint32_t* symbols) const {
  return ask_along(symbols).log_mass;
}

double ModelInstance::log_weight(const std::uint32_t* symbols) const {
  return ask_along(symbols).log_weight;
}

std::optional<double> ModelInstance::log_estimate(const std::uint32_t* /*symbols*/,
                                                  std::uint32_t /*depth*/) const {
  return std::nullopt;  // Z is not known
}

double ModelInstance::log_root_sum() const { return log_sum(SingleAsk(*oracle_)({})); }

// Where no node's estimate is below the sum of its children's the lifted walk never turns on its
// way up, but for what float rounds off a row (the engine lets 1e-6 pass) and for rows of 2^-32.
double ModelInstance::stated_climb() const {
  const std::vector<double>& ratio_bound = oracle_->traits().ratio_bound;
  if (ratio_bound.empty()) return 0;
  const double rounding = 1e-6 + (facts_.alphabet + 1.0) * 0x1p-31;
  double climb = 1;
  for (std::size_t h = 1; h < ratio_bound.size(); ++h)
    climb *= std::max(0.0, 1 / std::max(1.0, ratio_bound[h]) - rounding);
  return climb;
}

WalkBounds ModelInstance::walk_bounds() const {
  WalkBounds bounds;
  bounds.least_climb = stated_climb();
  if (!facts_.kappa) return bounds;
  // The target is what the oracle's own numbers say, so that no rounding of theirs counts. Of an
  // upper bound mu <= kappa_h w alone nothing follows for rows that lead to little.
  std::vector<double> both_ways(facts_.horizon, *facts_.kappa);
  both_ways.back() = 1;
  bounds.rounding = rounding_distance(both_ways, facts_.alphabet);
  return bounds;
}

std::shared_ptr<const Instance> make_oracle(std::shared_ptr<BatchOracle> oracle) {
  InstanceFacts facts;
  facts.kind = "oracle";
  return std::make_shared<ModelInstance>(std::move(oracle), std::move(facts));
}

std::shared_ptr<const Instance> make_guided(std::shared_ptr<BatchOracle> base,
                                            std::vector<std::shared_ptr<Potential>> potentials) {
  InstanceFacts facts;
  facts.kind = "oracle";
  auto made =
      std::make_shared<ModelInstance>(Guided{std::move(base), potentials}, std::move(facts));
  const OracleTraits& traits = made->model(kernels::Walk::kLifted, Correction::kNone)->traits();
  check_joint_constraints(potentials, traits.alphabet, traits.horizon, traits.end);
  return made;
}

std::shared_ptr<const Instance> make_oracle(std::shared_ptr<CudaBatchOracle> oracle) {
  return make_oracle(ask_from_host(std::move(oracle)));
}

}  // namespace wend
