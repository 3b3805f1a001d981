#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "host/instances/class/instance.hpp"
#include "host/instances/class/mean_estimate.hpp"
#include "tests/support/class_targets.hpp"

// Small classes whose oracle is a tree outside of them.
namespace wend::test {

inline constexpr std::uint32_t kNearMember = 5;
/// Of the tree's own estimates.
inline constexpr double kOutsideNoise = 1.3;

/// Two of three symbols alone, by a law of the member's own: 24 members over 3^4 leaves, of which
/// 65 have no mass under any.
inline PoolMembers half_blind_members() {
  auto pool = std::get<PoolMembers>(small_members("pool", 24));
  for (std::size_t row = 1; row < pool.table.size() / 3; ++row) {
    double* p = &pool.table[3 * row];
    p[0] /= p[0] + p[1];
    p[1] = 1 - p[0];
    p[2] = 0;
  }
  return pool;
}

/// Members are not copied but by selecting all of them.
inline ClassMembers all_of(const ClassMembers& members) {
  std::vector<std::uint32_t> positions(count(members));
  std::iota(positions.begin(), positions.end(), 0U);
  return select_members(members, positions);
}

/// A class, and a law on its leaves that is not in it.
struct Outside {
  std::string name;
  ClassMembers members;
  std::vector<double> law;
  double kappa = 2;  // the class's

  [[nodiscard]] std::unique_ptr<Instance> instance() const {
    EstimateSpec noise;
    noise.kind = EstimateSpec::Kind::kNoise;
    noise.kappa = kOutsideNoise;
    noise.seed = 11;
    ClassTarget target;
    target.members = all_of(members);
    target.family = "test";
    target.kappa = kappa;
    target.oracle = make_tree(alphabet(members), horizon(members), law, noise);
    return make_class(std::move(target), {});
  }
};

/// A member with every leaf off by up to a quarter, on another scale.
inline Outside perturbed() {
  Outside outside{"perturbed", small_members("markov", 24), {}};
  outside.law = member_law(outside.members, kNearMember);
  for (std::size_t x = 0; x < outside.law.size(); ++x)
    outside.law[x] *= 17 * (1 + 0.25 * std::sin(3.0 * static_cast<double>(x)));
  return outside;
}

/// A member, but that its likeliest leaf's mass lies where no member has any.
inline Outside moved() {
  Outside outside{"moved", half_blind_members(), {}, 4};
  outside.law = member_law(outside.members, kNearMember);
  const auto likeliest = std::ranges::max_element(outside.law);
  outside.law.back() = std::exchange(*likeliest, 0.0);  // of symbols 2 2 2 2
  return outside;
}

/// Nothing to do with the class.
inline Outside unrelated() {
  Outside outside{"unrelated", small_members("markov", 24), {}, 1.4};
  outside.law.resize(leaf_count(outside.members));
  for (std::size_t x = 0; x < outside.law.size(); ++x)
    outside.law[x] = std::exp(4 * std::sin(2.0 * static_cast<double>(x * x)));
  return outside;
}

/// Members that no answer tells apart, and a law that leans towards the last leaves.
inline Outside blurred() {
  Outside outside{"blurred", product_members({3, 4, 24, 5}, 0.001, "test"), {}, 1.6};
  outside.law = member_law(outside.members, 0);
  for (std::size_t x = 0; x < outside.law.size(); ++x)
    outside.law[x] *= 1 + 0.1 * static_cast<double>(x) / 80;
  return outside;
}

inline std::vector<Outside> all_outside() {
  std::vector<Outside> all;
  all.push_back(perturbed());
  all.push_back(moved());
  all.push_back(unrelated());
  all.push_back(blurred());
  return all;
}

/// The estimate that these of its members give.
inline std::shared_ptr<const Instance> estimate_by(const Instance& instance,
                                                   const std::vector<std::uint32_t>& members) {
  const ClassTarget& target = *instance.class_target();
  return make_mean_estimate(target, instance.facts(), select_members(target.members, members),
                            target.kappa, 1);
}

}  // namespace wend::test
