#include "examples/cnf/belief_oracle.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <unordered_map>
#include <utility>

namespace wend::examples {
namespace {

constexpr int kRounds = 24;
constexpr double kNone = -std::numeric_limits<double>::infinity();

/// Messages between the clauses and the variables of a formula. An edge is a literal of a clause.
class BeliefPropagation {
 public:
  explicit BeliefPropagation(const Residual& residual) {
    std::unordered_map<int, std::size_t> numbers;
    for (const std::vector<int>& clause : residual.clauses) {
      begin_.push_back(edges_.size());
      for (const int literal : clause) {
        const std::size_t variable =
            numbers.emplace(std::abs(literal), numbers.size()).first->second;
        if (variable == edges_of_.size()) edges_of_.emplace_back();
        edges_of_[variable].push_back(edges_.size());
        edges_.push_back({variable, literal > 0});
      }
    }
    begin_.push_back(edges_.size());
    against_.assign(edges_.size(), 0.5);
    blocks_.assign(edges_.size(), 1.0);
  }

  [[nodiscard]] std::size_t variables() const { return edges_of_.size(); }

  void round() {
    for (std::size_t a = 0; a + 1 < begin_.size(); ++a)
      for (std::size_t e = begin_[a]; e < begin_[a + 1]; ++e) {
        double others = 1;
        for (std::size_t f = begin_[a]; f < begin_[a + 1]; ++f)
          if (f != e) others *= against_[f];
        blocks_[e] = 1 - others;
      }
    for (const std::vector<std::size_t>& around : edges_of_)
      for (const std::size_t e : around) {
        double satisfied = 1;
        double violated = 1;
        for (const std::size_t f : around) {
          if (f == e) continue;
          (edges_[f].positive == edges_[e].positive ? violated : satisfied) *= blocks_[f];
        }
        against_[e] = violated / (satisfied + violated);
      }
  }

  /// ln of Bethe's sum over the assignments of these variables.
  [[nodiscard]] double log_sum() const {
    double sum = 0;
    for (std::size_t a = 0; a + 1 < begin_.size(); ++a) {
      double all = 1;
      for (std::size_t e = begin_[a]; e < begin_[a + 1]; ++e) all *= against_[e];
      sum += std::log1p(-all);
    }
    for (const std::vector<std::size_t>& around : edges_of_) {
      double when_true = 1;
      double when_false = 1;
      for (const std::size_t e : around)
        (edges_[e].positive ? when_false : when_true) *= blocks_[e];
      sum += std::log(when_true + when_false);
    }
    for (std::size_t e = 0; e < edges_.size(); ++e)
      sum -= std::log((1 - against_[e]) + against_[e] * blocks_[e]);
    return sum;
  }

 private:
  struct Edge {
    std::size_t variable;
    bool positive;
  };
  std::vector<Edge> edges_;
  std::vector<std::size_t> begin_;  // of a clause's edges
  std::vector<std::vector<std::size_t>> edges_of_;
  std::vector<double> against_;  // to the clause: that the variable does not make it true
  std::vector<double> blocks_;   // to the variable: what is left to the value against the clause
};

}  // namespace

double log_bethe_count(const Residual& residual) {
  BeliefPropagation beliefs(residual);
  for (int round = 0; round < kRounds; ++round) beliefs.round();
  const double loose = residual.free - static_cast<double>(beliefs.variables());
  const double found = beliefs.log_sum();
  if (std::isfinite(found)) return loose * std::log(2.0) + found;
  // Messages that contradict each other: as if every clause were by itself.
  double alone = residual.free * std::log(2.0);
  for (const std::vector<int>& clause : residual.clauses)
    alone += std::log1p(-std::exp2(-static_cast<double>(clause.size())));
  return alone;
}

BeliefOracle::BeliefOracle(Cnf formula) : formula_(std::move(formula)) {
  traits_.name = "Bethe counts of a CNF";
  traits_.alphabet = 2;
  traits_.horizon = formula_.variables;
}

double BeliefOracle::log_estimate(const std::vector<std::uint32_t>& prefix) const {
  const std::optional<Residual> residual = condition(formula_, prefix);
  return residual ? log_bethe_count(*residual) : kNone;
}

void BeliefOracle::expand(std::uint32_t /*context*/, const OracleBatch& batch,
                          const OracleRows& rows) {
  for (std::uint32_t i = 0; i < batch.size; ++i) {
    std::vector<std::uint32_t> prefix(batch.prefix[i], batch.prefix[i] + batch.depth[i]);
    // The root's own mass is 1, whatever is below it: masses are then numbers of solutions.
    const double own = prefix.empty() ? 0.0 : log_estimate(prefix);
    for (std::uint32_t symbol = 0; symbol < 2; ++symbol) {
      prefix.push_back(symbol);
      rows.log_ratio[2 * i + symbol] = static_cast<float>(log_estimate(prefix) - own);
      prefix.pop_back();
    }
  }
}

}  // namespace wend::examples
