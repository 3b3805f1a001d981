#pragma once

#include <cstdint>
#include <vector>

#include "examples/cnf/formula.hpp"
#include "wend/oracle.hpp"

namespace wend::examples {

/// ln of about how many solutions what is left of a formula has: Bethe's approximation, from
/// messages of belief propagation after a fixed number of rounds (Yedidia, Freeman & Weiss 2005).
/// Exact where the clauses form a tree. O(literals x rounds).
double log_bethe_count(const Residual& residual);

/// The solutions of a formula, each of mass 1, as a target that no table holds: w(u) is Bethe's
/// approximation of the number of solutions below u, 0 where forced values contradict each other.
class BeliefOracle final : public BatchOracle {
 public:
  explicit BeliefOracle(Cnf formula);

  [[nodiscard]] const OracleTraits& traits() const override { return traits_; }
  void expand(std::uint32_t context, const OracleBatch& batch, const OracleRows& rows) override;

 private:
  [[nodiscard]] double log_estimate(const std::vector<std::uint32_t>& prefix) const;

  Cnf formula_;
  OracleTraits traits_;
};

}  // namespace wend::examples
