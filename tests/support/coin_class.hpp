#pragma once

#include <cstdint>
#include <vector>

#include "host/base/simd.hpp"
#include "host/elimination/engine.hpp"
#include "tests/support/class_targets.hpp"

// Classes whose members' masses are set one by one, and single paths over them.
namespace wend::test {

/// Sequences of `length` independent symbols 0 and 1: 0 has a member's own probability.
inline TableMembers coins(std::uint32_t length, const std::vector<double>& zero) {
  TableMembers members;
  members.alphabet = 2;
  members.horizon = length;
  members.count = static_cast<std::uint32_t>(zero.size());
  members.next = {0, 0};
  const std::uint64_t stride = padded_members(zero.size());
  members.table = TableMemory<double>(2 * stride);
  for (std::size_t i = 0; i < zero.size(); ++i) {
    members.table[i] = zero[i];
    members.table[stride + i] = 1 - zero[i];
  }
  return members;
}

struct CoinPath {
  kernels::PathOutcome outcome;
  std::vector<std::uint32_t> symbols;
  std::vector<bool> survives;
};

/// Path `number` of coins, of at most `limit` queries; the oracle is member `truth` without noise,
/// and members of `gone` have been eliminated before. `watch`: the members whose end ends the path,
/// if not all.
inline CoinPath ask_coins(std::uint32_t length, const std::vector<double>& zero, double kappa,
                          Simd simd, std::uint64_t number, std::uint64_t limit,
                          std::uint64_t truth = 0, const std::vector<std::size_t>& gone = {},
                          const std::vector<std::uint64_t>& watch = {}) {
  ClassTarget target = class_target(coins(length, zero), truth, kappa);
  target.estimate.kind = EstimateSpec::Kind::kExact;
  const auto engine = make_cpu_class_engine(target, own_oracle(target), 1, simd);
  std::vector<std::uint64_t> alive(kernels::member_words(zero.size()), ~std::uint64_t{0});
  if (zero.size() % 64 != 0) alive.back() = (std::uint64_t{1} << (zero.size() % 64)) - 1;
  for (const std::size_t i : gone) alive[i / 64] &= ~(std::uint64_t{1} << (i % 64));
  const kernels::ClassRound round{3,     kappa,        2 * kappa * kappa,
                                  false, alive.data(), watch.empty() ? alive.data() : watch.data()};
  const kernels::ClassPath path{0, number, limit};
  CoinPath asked{{}, std::vector<std::uint32_t>(length), {}};
  std::vector<std::uint64_t> survivors = alive;
  engine->run(round, {&path, 1}, {&asked.outcome, 1}, asked.symbols, survivors);
  for (std::size_t i = 0; i < zero.size(); ++i)
    asked.survives.push_back((survivors[i / 64] >> (i % 64) & 1U) != 0);
  return asked;
}

/// The widths that this CPU has.
inline std::vector<Simd> lane_widths() {
  std::vector<Simd> all = {Simd::kScalar};
  if (cpu_has(Simd::kAvx2)) all.push_back(Simd::kAvx2);
  if (cpu_has(Simd::kAvx512)) all.push_back(Simd::kAvx512);
  return all;
}

}  // namespace wend::test
