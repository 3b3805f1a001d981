// Rows that are made in the instructions of every width that this CPU has are the same words.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "host/base/simd.hpp"
#include "host/engines/lockstep/make_row.hpp"
#include "host/engines/lockstep/row_maker.hpp"
#include "host/oracles/model_oracle.hpp"

namespace wend::test {
namespace {

using kernels::Walk;

/// One that is never asked.
class NoOracle final : public BatchOracle {
 public:
  explicit NoOracle(OracleTraits traits) : traits_(std::move(traits)) {}
  [[nodiscard]] const OracleTraits& traits() const override { return traits_; }
  void expand(std::uint32_t, const OracleBatch&, const OracleRows&) override { FAIL(); }

 private:
  OracleTraits traits_;
};

std::vector<std::uint32_t> words_in(Simd simd, const ModelOracle& oracle, Walk walk,
                                    const kernels::RowSource& source, std::uint32_t depth,
                                    kernels::RowVerdict& verdict) {
  const RowBounds bounds = row_bounds(oracle.model->traits());
  const kernels::RowPlan plan = row_plan(oracle, walk, bounds);
  std::vector<double> children(oracle.alphabet);
  std::vector<double> weights(oracle.alphabet + 1);
  std::vector<std::uint32_t> node(RowMaker::node_words(oracle, walk));
  verdict = make_row({plan, source, children.data(), weights.data(), depth, node.data()}, simd);
  return node;
}

TEST(RowWidths, AreTheSameWords) {
  std::mt19937 random(11);
  std::normal_distribution<float> law(-3, 4);
  int rows = 0;
  for (const std::uint32_t alphabet : {2U, 4U, 5U, 31U, 256U, 300U, 2000U})
    for (const RowKind kind : {RowKind::kLogRatio, RowKind::kMass})
      for (const Walk walk : {Walk::kJerrumSinclair, Walk::kLifted, Walk::kSequential})
        for (const std::uint32_t depth : {0U, 3U}) {
          OracleTraits traits;
          traits.alphabet = alphabet;
          traits.horizon = 8;
          traits.rows = kind;
          traits.ratio_bound.assign(8, 1e9);
          const ModelOracle oracle = make_model_oracle(std::make_shared<NoOracle>(traits), walk,
                                                       Correction::kReject, false);
          std::vector<float> logs(alphabet);
          std::vector<double> masses(alphabet);
          for (std::uint32_t c = 0; c < alphabet; ++c) {
            logs[c] = law(random);
            if (random() % 11 == 0) logs[c] = random() % 2 == 0 ? -1000.0F : -INFINITY;
            masses[c] = std::exp(static_cast<double>(logs[c]));
          }
          logs[alphabet / 2] = 1;
          masses[alphabet / 2] = 3e200;
          kernels::RowSource source{};
          if (kind == RowKind::kLogRatio) {
            source.logs = logs.data();
          } else {
            source.masses = masses.data();
            source.own = 1e199;
          }
          kernels::RowVerdict expected{};
          const auto words = words_in(Simd::kScalar, oracle, walk, source, depth, expected);
          EXPECT_EQ(expected.fault, kernels::RowFault::kNone);
          for (const Simd simd : {Simd::kAvx2, Simd::kAvx512}) {
            if (!cpu_has(simd)) continue;
            kernels::RowVerdict verdict{};
            ASSERT_EQ(words_in(simd, oracle, walk, source, depth, verdict), words)
                << to_string(simd) << ", " << alphabet << " symbols";
            EXPECT_EQ(verdict.fault, kernels::RowFault::kNone);
            ++rows;
          }
          // What no estimate can be is found in the same place.
          logs[alphabet - 1] = std::numeric_limits<float>::quiet_NaN();
          masses[alphabet - 1] = -1;
          for (const Simd simd : {Simd::kScalar, Simd::kAvx2, Simd::kAvx512}) {
            if (!cpu_has(simd)) continue;
            kernels::RowVerdict verdict{};
            words_in(simd, oracle, walk, source, depth, verdict);
            EXPECT_EQ(verdict.symbol, alphabet - 1);
            EXPECT_EQ(verdict.fault,
                      kind == RowKind::kMass ? kernels::RowFault::kMass : kernels::RowFault::kLog);
          }
        }
  if (cpu_has(Simd::kAvx2)) {
    EXPECT_GE(rows, 84);
  }
}

}  // namespace
}  // namespace wend::test
