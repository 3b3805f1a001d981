#include "host/engines/lockstep/row_maker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "host/base/simd.hpp"
#include "host/engines/lockstep/make_row.hpp"
#include "host/engines/lockstep/oracle_failure.hpp"
#include "host/oracles/row_compiler.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::string words_of(const OracleTraits& traits, const kernels::RowVerdict& verdict,
                     std::uint32_t depth) {
  using kernels::RowFault;
  switch (verdict.fault) {
    case RowFault::kLog:
      return fmt::format("symbol {}: the log ratio is {}", verdict.symbol, verdict.value);
    case RowFault::kMass:
      return fmt::format("symbol {}: the mass is {}", verdict.symbol, verdict.value);
    case RowFault::kOwnMass:
      return fmt::format("the node's own mass is {}", verdict.value);
    case RowFault::kNoOwnMass:
      return "the node's own mass is 0";
    case RowFault::kDeadRoot:
      return "no child of the root has mass";
    case RowFault::kInfiniteSum:
      return "the masses of the children sum to infinity";
    case RowFault::kBrokenKappa:
      return fmt::format(
          "the children's estimates are {:.6g} times the node's, which breaks kappa {:g}",
          std::exp(verdict.value), traits.kappa.value_or(1));
    case RowFault::kBrokenBound:
      return fmt::format("S/w is {:.6g}, more than the stated {:.6g}", verdict.value,
                         row_bounds(traits).bounds[depth]);
    case RowFault::kNone:
      break;
  }
  return "no row";
}

}  // namespace

RowBounds row_bounds(const OracleTraits& traits) {
  RowBounds found{traits.ratio_bound, std::vector<double>(traits.ratio_bound.size(), 1.0)};
  if (!traits.end.empty())
    for (double& bound : found.bounds) bound = std::max(bound, 1.0);
  for (std::size_t h = found.bounds.size(); h-- > 1;)
    found.below[h - 1] = found.below[h] / found.bounds[h];
  return found;
}

kernels::RowPlan row_plan(const ModelOracle& oracle, kernels::Walk walk, const RowBounds& bounds) {
  const OracleTraits& traits = oracle.model->traits();
  kernels::RowPlan plan{};
  plan.walk = walk;
  plan.has_logs = traits.rows == RowKind::kLogRatio;
  plan.keeps_sums = !oracle.own_masses;
  plan.thinned = oracle.thinned;
  plan.alphabet = oracle.alphabet;
  plan.horizon = oracle.horizon;
  plan.slot_bits = RowFormat(oracle.alphabet).slot_bits();
  plan.row_words =
      static_cast<std::uint32_t>(RowCompiler::words_per_row(oracle.alphabet, RowLayout::kUnits));
  // What a stated accuracy says of S/w: mu(u) is the sum of the children's mu. Leaves are exact, so
  // that one level above them S is mu(u) itself.
  plan.most_log = traits.kappa ? 2 * std::log(*traits.kappa) + 1e-6 : kInfinity;
  plan.most_log_last = traits.kappa ? std::log(*traits.kappa) + 1e-6 : kInfinity;
  plan.bounds = bounds.bounds.empty() ? nullptr : bounds.bounds.data();
  plan.below = bounds.bounds.empty() ? nullptr : bounds.below.data();
  plan.end = oracle.shape().end;
  return plan;
}

void refuse_row(const OracleTraits& traits, const kernels::RowVerdict& verdict,
                const NodePlace& place) {
  throw OracleFailure(fmt::format("oracle \"{}\": chain {}, depth {}: {}", traits.name, place.chain,
                                  place.depth, words_of(traits, verdict, place.depth)));
}

RowMaker::RowMaker(const ModelOracle& oracle, kernels::Walk walk)
    : traits_(oracle.model->traits()),
      bounds_(row_bounds(traits_)),
      plan_(row_plan(oracle, walk, bounds_)),
      children_(oracle.alphabet),
      weights_(oracle.alphabet + 1) {}

std::uint64_t RowMaker::rows_words(const ModelOracle& oracle, kernels::Walk walk) {
  return kernels::rows_per_node(walk) *
         RowCompiler::words_per_row(oracle.alphabet, RowLayout::kUnits);
}

std::uint64_t RowMaker::node_words(const ModelOracle& oracle, kernels::Walk walk) {
  const std::uint64_t rows = rows_words(oracle, walk);
  // Pairs of words are loaded at once.
  return oracle.own_masses ? rows : rows + (oracle.alphabet + 2 + 1) / 2 * 2;
}

void RowMaker::make(const OracleRows& rows, std::uint64_t i, const NodePlace& place,
                    std::span<std::uint32_t> node) {
  const std::uint64_t at = i * plan_.alphabet;
  kernels::RowSource source{};
  if (plan_.has_logs) {
    source.logs = rows.log_ratio + at;
  } else {
    source.masses = rows.mass + at;
    source.own = rows.own[i];
  }
  source.kept = rows.kept == nullptr ? nullptr : rows.kept + at;
  static const Simd widest = resolve(Simd::kAuto);
  const kernels::RowVerdict verdict = make_row(
      {plan_, source, children_.data(), weights_.data(), place.depth, node.data()}, widest);
  if (verdict.fault != kernels::RowFault::kNone) refuse_row(traits_, verdict, place);
}

}  // namespace wend
