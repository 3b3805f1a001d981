// Suffix-resampling Metropolis-Hastings: its kernel as a matrix, which keeps the target, and the
// law of its draws after a few steps, which is the matrix's power.
#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>
#include <string>
#include <vector>

#include "host/baselines/chain.hpp"
#include "tests/support/guided_targets.hpp"

namespace wend::test {
namespace {

// Each test makes at most 20 comparisons at this level.
constexpr double kLevel = 1e-6;

/// The chain on the sequences that have mass.
struct Kernel {
  std::vector<std::size_t> leaves;  // of the target's
  Eigen::VectorXd law;              // the target
  Eigen::VectorXd first;            // of the first state: forward, given that it has mass
  Eigen::MatrixXd moves;
};

/// The leaf as a path that was drawn by rows to the power `exponent`.
BaselinePath path_of(const GuidedTarget& target, std::size_t leaf, double exponent) {
  const Prefix& symbols = target.prefixes[leaf];
  BaselinePath path(target.base->traits().horizon);
  Prefix prefix;
  for (std::size_t h = 0; h < symbols.size(); ++h) {
    const std::vector<double> row = target.forward_row(prefix, exponent, false);
    double sum = 0;
    for (const double weight : row) sum += weight;
    path.symbols[h] = symbols[h];
    path.log_ratio[h] = std::log(row[symbols[h]]) / exponent;
    path.log_proposal[h] = std::log(row[symbols[h]] / sum);
    prefix.push_back(symbols[h]);
  }
  path.length = static_cast<std::uint32_t>(symbols.size());
  path.log_value = std::log(target.factors[leaf]);
  return path;
}

Kernel kernel_of(const GuidedTarget& target, double power, double exponent) {
  Kernel kernel;
  std::vector<BaselinePath> paths;
  for (std::size_t i = 0; i < target.leaves.size(); ++i) {
    paths.push_back(path_of(target, i, exponent));
    if (target.factors[i] > 0) kernel.leaves.push_back(i);
  }
  const auto size = static_cast<Eigen::Index>(kernel.leaves.size());
  kernel.law.resize(size);
  kernel.first.resize(size);
  kernel.moves = Eigen::MatrixXd::Zero(size, size);
  for (Eigen::Index i = 0; i < size; ++i) {
    const BaselinePath& from = paths[kernel.leaves[static_cast<std::size_t>(i)]];
    kernel.law[i] = std::exp(log_target(from, power, 0));
    kernel.first[i] = std::exp(log_proposal(from, 0));
    for (std::uint32_t cut = 0; cut < from.length; ++cut) {
      for (Eigen::Index k = 0; k < size; ++k) {
        const BaselinePath& to = paths[kernel.leaves[static_cast<std::size_t>(k)]];
        if (k == i || to.length <= cut ||
            !std::equal(from.symbols.begin(), from.symbols.begin() + cut, to.symbols.begin()))
          continue;
        kernel.moves(i, k) += std::exp(log_proposal(to, cut)) / from.length *
                              std::min(1.0, std::exp(log_suffix_ratio(from, to, cut, power)));
      }
    }
    kernel.moves(i, i) = 1 - kernel.moves.row(i).sum();
  }
  kernel.law /= kernel.law.sum();
  kernel.first /= kernel.first.sum();
  return kernel;
}

struct Shape {
  std::uint32_t alphabet;
  std::uint32_t horizon;
  Prefix end;
};
const Shape kShapes[] = {{2, 4, {}}, {3, 3, {2}}, {3, 4, {1}}, {4, 2, {0, 3}}};

TEST(SuffixMh, TheKernelKeepsTheTarget) {
  for (const auto& [alphabet, horizon, end] : kShapes) {
    const GuidedTarget target(alphabet, horizon, end, false, going_both_ways);
    for (const double power : {1.0, 2.5, 0.5}) {
      for (const double exponent : {1.0, power}) {
        const Kernel kernel = kernel_of(target, power, exponent);
        const Eigen::VectorXd after = kernel.moves.transpose() * kernel.law;
        EXPECT_LT((after - kernel.law).cwiseAbs().maxCoeff(), 1e-12) << alphabet << " " << power;
        EXPECT_GE(kernel.moves.minCoeff(), 0.0);
        // It is no identity, and reaches everything: from all to all within a step.
        EXPECT_GT(kernel.moves.minCoeff(), 0.0);
      }
    }
  }
}

TEST(SuffixMh, DrawsHaveTheLawOfTheKernelsSteps) {
  for (const auto& [alphabet, horizon, end] : kShapes) {
    const GuidedTarget target(alphabet, horizon, end, false, going_both_ways);
    for (const SuffixProposal proposal : kSuffixProposals) {
      BaselineOptions options;
      options.method = Baseline::kSuffixMh;
      options.power = 2;
      options.steps = 2;
      options.proposal = proposal;
      options.samples = 40'000;
      options.chains = 20'000;  // two draws each
      options.seed = 11;
      options.threads = 1;
      options.memo_bytes = 1U << 20U;
      const RanBaseline ran(*target.instance, options);
      ASSERT_EQ(ran.result.failure, "");
      EXPECT_EQ(ran.result.law, BaselineLaw::kInTheLimit);
      EXPECT_EQ(ran.result.guarantee.kind, GuaranteeKind::kNone);
      EXPECT_EQ(ran.result.guarantee.why,
                "right only in the limit of many steps: no distance is known");

      const double exponent = proposal == SuffixProposal::kBase ? 1.0 : 2.0;
      const Kernel kernel = kernel_of(target, 2, exponent);
      std::vector<std::uint64_t> counts[2];
      for (auto& of : counts) of.resize(target.leaves.size());
      for (std::uint64_t i = 0; i < 40'000; ++i) {
        const auto* symbols = &ran.draws.symbols[i * horizon];
        const std::vector<std::uint32_t> leaf(symbols, symbols + horizon);
        const auto found = std::ranges::lower_bound(target.leaves, leaf);
        ++counts[i % 2].at(static_cast<std::size_t>(found - target.leaves.begin()));
      }
      Eigen::VectorXd law = kernel.first;
      for (const auto& of : counts) {
        for (int step = 0; step < 2; ++step) law = (kernel.moves.transpose() * law).eval();
        std::vector<double> expected(target.leaves.size(), 0.0);
        for (std::size_t i = 0; i < kernel.leaves.size(); ++i)
          expected[kernel.leaves[i]] = law[static_cast<Eigen::Index>(i)];
        EXPECT_GT(chi_square_p(of, expected), kLevel)
            << alphabet << " " << horizon << " " << to_string(proposal);
      }
    }
  }
}

}  // namespace
}  // namespace wend::test
