// Compiled once a width, like host/engines/cpu/lanes.cpp. The vectors are the compiler's: each loop
// is over the rows.
#include "host/engines/lockstep/small_rows.hpp"
#include "kernels/lockstep/log_mass.hpp"
#include "kernels/lockstep/path_sums.hpp"

namespace wend {
namespace {

using kernels::Walk;
constexpr std::uint32_t kRows = SmallRows::kRows;

constexpr std::uint32_t words_of_row(std::uint32_t alphabet) { return alphabet == 2 ? 2 : 4; }

/// A number of each row.
struct Numbers {
  alignas(64) double of[kRows];
};

/// kernels::ordered_sum of a few values.
template <std::uint32_t kCount>
WEND_HD double sum_of(const Numbers (&values)[kCount], std::uint32_t row) {
  static_assert(kCount >= 2 && kCount <= 5);
  const double first = kCount == 5 ? values[0].of[row] + values[4].of[row] : values[0].of[row];
  if constexpr (kCount == 2) return first + values[1].of[row];
  if constexpr (kCount == 3) return (first + values[2].of[row]) + values[1].of[row];
  if constexpr (kCount >= 4)
    return (first + values[2].of[row]) + (values[1].of[row] + values[3].of[row]);
}

template <std::uint32_t kAlphabet>
struct Nodes {
  Numbers children[kAlphabet];
  Numbers own;
  Numbers sum;
  Numbers log_sum;  ///< ln( S/w ), of log ratios where sums are kept
};

/// False if a row has a fault.
template <std::uint32_t kAlphabet>
bool take_masses(const SmallRows& rows, Nodes<kAlphabet>& nodes) {
  constexpr double kMost = 1.7976931348623157e308;
  std::uint64_t wrong = 0;
  for (std::uint32_t c = 0; c < kAlphabet; ++c)
    for (std::uint32_t i = 0; i < kRows; ++i) {
      const double mass = rows.masses[i * kAlphabet + c];
      nodes.children[c].of[i] = mass;
      wrong |= mass >= 0 && mass <= kMost ? 0U : 1U;
    }
  for (std::uint32_t i = 0; i < kRows; ++i) {
    const double own = rows.depths[i] == 0 ? 0.0 : rows.own[i];
    nodes.own.of[i] = own;
    wrong |= own >= 0 && own <= kMost ? 0U : 1U;
  }
  for (std::uint32_t i = 0; i < kRows; ++i) {
    const double sum = sum_of(nodes.children, i);
    nodes.sum.of[i] = sum;
    wrong |= sum <= kMost && (sum > 0 || rows.depths[i] != 0) ? 0U : 1U;
  }
  return wrong == 0;
}

/// The same. w(u) itself has the logarithm 0; the root has no parent to go to.
template <std::uint32_t kAlphabet>
bool take_logs(const kernels::RowPlan& plan, const SmallRows& rows, Nodes<kAlphabet>& nodes) {
  constexpr double kMost = 1.7976931348623157e308;
  Numbers largest;
  std::uint64_t wrong = 0;
  for (std::uint32_t i = 0; i < kRows; ++i)
    largest.of[i] = static_cast<double>(rows.logs[i * kAlphabet]);
  for (std::uint32_t c = 0; c < kAlphabet; ++c)
    for (std::uint32_t i = 0; i < kRows; ++i) {
      const auto log = static_cast<double>(rows.logs[i * kAlphabet + c]);
      nodes.children[c].of[i] = log;
      wrong |= log < kMost ? 0U : 1U;
      largest.of[i] = log > largest.of[i] ? log : largest.of[i];
    }
  for (std::uint32_t i = 0; i < kRows; ++i) {
    const double least = rows.depths[i] == 0 ? largest.of[i] : 0.0;
    largest.of[i] = largest.of[i] > 0 ? largest.of[i] : least;
    wrong |= largest.of[i] < -kMost ? 1U : 0U;
  }
  if (wrong != 0) return false;
  for (Numbers& child : nodes.children)
    for (std::uint32_t i = 0; i < kRows; ++i)
      child.of[i] = kernels::mass_of_log(child.of[i] - largest.of[i]);
  for (std::uint32_t i = 0; i < kRows; ++i) {
    const double own = kernels::mass_of_log(-largest.of[i]);
    nodes.own.of[i] = rows.depths[i] == 0 ? 0.0 : own;
  }
  for (std::uint32_t i = 0; i < kRows; ++i) nodes.sum.of[i] = sum_of(nodes.children, i);
  if (!plan.keeps_sums) return true;
  for (std::uint32_t i = 0; i < kRows; ++i)
    nodes.log_sum.of[i] = kernels::log_of_mass(nodes.sum.of[i]) + largest.of[i];
  for (std::uint32_t i = 0; i < kRows; ++i) {
    const double most = rows.depths[i] + 1 == plan.horizon ? plan.most_log_last : plan.most_log;
    const double sum = nodes.log_sum.of[i];
    wrong |= rows.depths[i] == 0 || (sum <= most && sum >= -most) ? 0U : 1U;
  }
  return wrong == 0;
}

/// Behind the rows of each node, at word `at`.
template <std::uint32_t kAlphabet>
void write_sums(const SmallRows& rows, const Nodes<kAlphabet>& nodes, std::uint32_t at) {
  for (std::uint32_t i = 0; i < kRows; ++i) {
    std::uint32_t* words = rows.nodes[i] + at;
    __builtin_memcpy(words, rows.logs + i * kAlphabet, kAlphabet * sizeof(float));
    kernels::store_double(nodes.log_sum.of[i], words + kAlphabet);
  }
}

/// Row number `kTurned` of each node.
template <Walk kWalk, std::uint32_t kAlphabet, bool kTurned>
void write_rows(const SmallRows& rows, const Nodes<kAlphabet>& nodes) {
  constexpr std::uint32_t kOutcomes = kAlphabet + 1;
  constexpr std::uint32_t kWords = words_of_row(kAlphabet);
  constexpr std::uint64_t kUnits = 0xFFFFFFFFU;
  Numbers weights[kOutcomes];
  for (std::uint32_t i = 0; i < kRows; ++i) {
    const kernels::StepLaw law =
        kernels::step_law(kWalk, kTurned, nodes.own.of[i], nodes.sum.of[i], 0.0);
    weights[0].of[i] = law.up;
    for (std::uint32_t c = 0; c < kAlphabet; ++c)
      weights[1 + c].of[i] = nodes.children[c].of[i] * law.child_scale;
  }
  alignas(64) std::uint64_t positive[kRows];
  for (std::uint32_t i = 0; i < kRows; ++i) {
    double largest = weights[0].of[i];
    for (std::uint32_t k = 1; k < kOutcomes; ++k)
      largest = weights[k].of[i] > largest ? weights[k].of[i] : largest;
    const double scale = kernels::scale_near_one(largest);
    positive[i] = 0;
    for (std::uint32_t k = 0; k < kOutcomes; ++k) {
      const double weight = weights[k].of[i];
      const double scaled = weight * scale;
      // What has mass must not lose it to underflow.
      const double at_least = scaled > 2.2250738585072014e-308 ? scaled : 2.2250738585072014e-308;
      weights[k].of[i] = weight > 0 ? at_least : 0.0;
      positive[i] += weight > 0 ? 1U : 0U;
    }
  }
  alignas(64) std::uint64_t units[kOutcomes][kRows];
  for (std::uint32_t i = 0; i < kRows; ++i) {
    const kernels::UnitScale share =
        kernels::UnitScale::share(kUnits, positive[i], sum_of(weights, i));
    std::uint64_t given = 0;
    std::uint64_t most = 0;
    for (std::uint32_t k = 0; k < kOutcomes; ++k) {
      units[k][i] = share.units(weights[k].of[i]);
      given += units[k][i];
      most = units[k][i] > most ? units[k][i] : most;
    }
    // What remains is for the first of those with the most.
    std::uint64_t before = 0;
    for (std::uint32_t k = 0; k < kOutcomes; ++k) {
      const bool gets = units[k][i] == most && before == 0;
      before |= units[k][i] == most ? 1U : 0U;
      units[k][i] += gets ? kUnits - given : 0;
    }
  }
  for (std::uint32_t i = 0; i < kRows; ++i) {
    std::uint32_t* words = rows.nodes[i] + (kTurned ? kWords : 0);
    std::uint64_t before = 0;
    for (std::uint32_t k = 0; k < kWords; ++k) {
      if (k < kAlphabet) before += units[k][i];
      // All bits: never.
      words[k] = k < kAlphabet ? static_cast<std::uint32_t>(before) : 0xFFFFFFFFU;
    }
  }
}

template <std::uint32_t kAlphabet>
bool make_of(const kernels::RowPlan& plan, const SmallRows& rows) {
  Nodes<kAlphabet> nodes;
  if (!(plan.has_logs ? take_logs(plan, rows, nodes) : take_masses(rows, nodes))) return false;
  std::uint64_t wrong = 0;
  for (std::uint32_t i = 0; i < kRows; ++i) {
    const std::uint32_t depth = rows.depths[i];
    wrong |= depth != 0 && kernels::breaks_bound(plan, depth, nodes.sum.of[i], nodes.own.of[i]);
  }
  if (wrong != 0) return false;
  kernels::visit_walk(plan.walk, [&]<Walk kWalk>() {
    constexpr std::uint32_t kRowsOfNode = kernels::rows_per_node(kWalk);
    write_rows<kWalk, kAlphabet, false>(rows, nodes);
    if constexpr (kRowsOfNode == 2) write_rows<kWalk, kAlphabet, true>(rows, nodes);
    if (plan.keeps_sums) write_sums(rows, nodes, kRowsOfNode * words_of_row(kAlphabet));
  });
  return true;
}

}  // namespace

template <Simd kSimd>
bool make_small_rows_lanes(const kernels::RowPlan& plan, const SmallRows& rows) {
  switch (plan.alphabet) {
    case 2:
      return make_of<2>(plan, rows);
    case 3:
      return make_of<3>(plan, rows);
    default:
      return make_of<4>(plan, rows);
  }
}

template bool make_small_rows_lanes<Simd::WEND_SIMD>(const kernels::RowPlan&, const SmallRows&);

}  // namespace wend
