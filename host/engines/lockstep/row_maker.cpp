#include "host/engines/lockstep/row_maker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "host/engines/lockstep/make_row.hpp"
#include "host/engines/lockstep/oracle_failure.hpp"
#include "host/oracles/row_compiler.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

bool suits_lanes(const kernels::RowPlan& plan) {
  return plan.slot_bits != 0 && plan.alphabet >= 16 && !plan.thinned;
}

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
      return fmt::format(
          "the children's estimates are {:.6g} times the node's, more than the stated ratio_bound "
          "{:.6g}",
          verdict.value, row_bounds(traits).bounds[depth]);
    case RowFault::kNone:
      break;
  }
  return "no row";
}

template <std::uint32_t kAlphabet>
kernels::RowVerdict make_of(const RowJob& job) {
  using Group = SoloRowGroup<Simd::kScalar>;
  constexpr Group kGroup;
  return kernels::RowBuilder<Group, kAlphabet>(kGroup, job.plan, job.children, job.weights)
      .make(job.source, job.depth, job.node);
}

// Rows of a few symbols take a third of the time where their number is no variable.
kernels::RowVerdict make_any_row(const RowJob& job, Simd simd) {
  switch (job.plan.alphabet) {
    case 2:
      return make_of<2>(job);
    case 3:
      return make_of<3>(job);
    case 4:
      return make_of<4>(job);
    default:
      return make_row(job, simd);
  }
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

void refuse_node(const OracleTraits& traits, const NodePlace& place, const std::string& reason) {
  const std::string chain = place.chain ? fmt::format("chain {}, ", *place.chain) : "";
  throw OracleFailure(
      fmt::format("oracle \"{}\": {}depth {}: {}", traits.name, chain, place.depth, reason));
}

void refuse_row(const OracleTraits& traits, const kernels::RowVerdict& verdict,
                const NodePlace& place) {
  refuse_node(traits, place, words_of(traits, verdict, place.depth));
}

kernels::RowSource row_source(const kernels::RowPlan& plan, const OracleRows& rows,
                              std::uint64_t i) {
  const std::uint64_t at = i * plan.alphabet;
  kernels::RowSource source{};
  if (plan.has_logs) {
    source.logs = rows.log_ratio + at;
  } else {
    source.masses = rows.mass + at;
    source.own = rows.own[i];
  }
  source.kept = rows.kept == nullptr ? nullptr : rows.kept + at;
  return source;
}

RowMaker::RowMaker(const ModelOracle& oracle, kernels::Walk walk, Simd simd)
    : traits_(oracle.model->traits()),
      bounds_(row_bounds(traits_)),
      plan_(row_plan(oracle, walk, bounds_)),
      simd_(resolve(simd)),
      wide_(suits_lanes(plan_)),
      small_(suits_small_rows(plan_)),
      children_(1 + oracle.alphabet + RowRoom::kMore, 0.0),
      weights_(children_),
      blocks_(kernels::UnitRows::blocks(1 + oracle.alphabet)) {}

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
  const kernels::RowSource source = row_source(plan_, rows, i);
  const RowRoom room{children_.data(), weights_.data(), blocks_.data()};
  const bool made = wide_ && visit_lanes(
                                 simd_,
                                 [&]<Simd kSimd>() {
                                   return make_wide_row_lanes<kSimd>(plan_, source, place.depth,
                                                                     room, node.data());
                                 },
                                 [] { return false; });
  if (made) return;
  const RowJob job{plan_, source, room.children + 1, room.weights, place.depth, node.data()};
  const kernels::RowVerdict verdict = make_any_row(job, simd_);
  if (verdict.fault != kernels::RowFault::kNone) refuse_row(traits_, verdict, place);
}

}  // namespace wend
