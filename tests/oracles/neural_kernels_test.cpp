// What neural networks are made of: products to the same bits at every width, the largest of a row,
// rows that sum to at most 1, and functions of one float.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include "host/base/simd.hpp"
#include "host/oracles/neural/packed_matrix.hpp"
#include "host/oracles/neural/product.hpp"
#include "host/oracles/neural/solo_group.hpp"
#include "kernels/neural/attention.hpp"
#include "kernels/neural/embedding.hpp"
#include "kernels/neural/functions.hpp"
#include "kernels/neural/log_probabilities.hpp"
#include "kernels/neural/product.hpp"

namespace wend::test {
namespace {

using kernels::padded;

std::vector<float> normal(std::size_t count, std::uint32_t seed, float scale = 1) {
  std::mt19937 random(seed);
  std::normal_distribution<float> law;
  std::vector<float> values(count);
  for (float& value : values) value = scale * law(random);
  return values;
}

// Element by element: one chain of fused sums, in the order of the inputs.
TEST(NeuralProduct, IsOneChainAnOutputAtEveryWidth) {
  int widths = 0;
  for (const Simd simd : {Simd::kScalar, Simd::kAvx2, Simd::kAvx512}) {
    if (!cpu_has(simd)) continue;
    ++widths;
    for (const auto& [outputs, inputs] :
         {std::pair{1U, 1U}, {16U, 7U}, {17U, 513U}, {70U, 1100U}, {130U, 64U}}) {
      const std::vector<float> w = normal(std::size_t{outputs} * inputs, outputs);
      const std::vector<float> bias = normal(padded(outputs), 3);
      std::vector<float> packed(std::size_t{padded(outputs)} * inputs);
      for (std::size_t n = 0; n < outputs; ++n)
        for (std::size_t k = 0; k < inputs; ++k)
          packed[(n / 16 * inputs + k) * 16 + n % 16] = w[n * inputs + k];
      for (const std::uint32_t rows : {1U, 2U, 3U, 4U, 5U, 6U, 7U, 11U, 64U}) {
        const std::vector<float> x = normal(std::size_t{rows} * (inputs + 3), rows);
        std::vector<float> y(std::size_t{rows} * (padded(outputs) + 5), -1);
        multiply({packed.data(), rows % 2 == 0 ? nullptr : bias.data(), x.data(), y.data(),
                  inputs + 3, padded(outputs) + 5, rows, inputs, kernels::panels_of(outputs)},
                 simd);
        for (std::size_t r = 0; r < rows; ++r)
          for (std::size_t n = 0; n < outputs; ++n) {
            float sum = rows % 2 == 0 ? 0.0F : bias[n];
            for (std::size_t k = 0; k < inputs; ++k)
              sum = std::fmaf(x[r * (inputs + 3) + k], w[n * inputs + k], sum);
            ASSERT_EQ(y[r * (padded(outputs) + 5) + n], sum)
                << to_string(simd) << " " << outputs << " x " << inputs << ", row " << r << " of "
                << rows << ", output " << n;
          }
      }
    }
  }
  EXPECT_GE(widths, 1);
}

TEST(NeuralProduct, PackedMatricesGiveBackTheirRows) {
  PackedMatrix matrix(19, 5);
  const std::vector<float> w = normal(19 * 5, 1);
  for (std::uint32_t n = 0; n < 19; ++n) matrix.set_row(n, {w.data() + n * 5, 5});
  matrix.set_bias(3, normal(7, 2));
  const SoloNeuralGroup group;
  std::vector<float> row(5);
  const std::vector<float> x = normal(5, 4);
  std::vector<float> y(padded(19));
  matrix.multiply(1, x.data(), 5, y.data(), padded(19));
  for (std::uint32_t n = 0; n < 19; ++n) {
    kernels::unpack_output(group, matrix.weights().data(), 5, n, row.data());
    EXPECT_TRUE(std::equal(row.begin(), row.end(), w.begin() + n * 5));
    EXPECT_EQ(matrix.multiply_one(n, x.data()), y[n]);
  }
}

TEST(NeuralRows, TheLargestAreThoseOfASortAndTiesTheFirst) {
  const SoloNeuralGroup group;
  for (std::uint32_t count : {1U, 2U, 5U, 100U, 1000U}) {
    std::vector<float> x = normal(count, count);
    for (float& value : x)  // many ties, of both zeros too
      value = std::round(2 * value) / 2;
    std::vector<std::uint32_t> order(count);
    for (std::uint32_t i = 0; i < count; ++i) order[i] = i;
    std::ranges::stable_sort(order, [&](auto a, auto b) { return x[a] > x[b]; });
    for (std::uint32_t k = 1; k <= count; k += 1 + count / 9) {
      const kernels::TopSelection top = kernels::select_top(group, x.data(), count, k);
      std::vector<std::uint32_t> expected(order.begin(), order.begin() + k);
      std::ranges::sort(expected);
      std::vector<std::uint32_t> found;
      for (std::uint32_t i = 0; i < count; ++i)
        if (top.has(x[i], i)) found.push_back(i);
      ASSERT_EQ(found, expected) << count << " " << k;
    }
  }
}

// As the engine sums them, for flat rows, steep ones and the widest there are.
TEST(NeuralRows, SumToAtMostOne) {
  const SoloNeuralGroup group;
  for (const std::uint32_t count : {2U, 3U, 1000U, 49'152U, 262'144U})
    for (const float scale : {0.0F, 1e-3F, 1.0F, 10.0F, 1e4F}) {
      const std::vector<float> logits = normal(count, count, scale);
      for (const double power : {1.0, 1.7}) {
        std::vector<float> row(count);
        kernels::log_probabilities(group, logits.data(), count, {0.9, power, count / 2 + 1},
                                   row.data());
        const double sum = kernels::ordered_sum(count, [&](std::uint32_t i) {
          return kernels::mass_of_log(static_cast<double>(row[i]));
        });
        EXPECT_LE(sum, 1.0) << count << " " << scale << " " << power;
        if (power == 1.0) {
          EXPECT_GT(sum, 1 - 2e-6) << count << " " << scale;
        }
      }
    }
}

TEST(NeuralRows, LogitsThatAreNoneMakeRowsThatAreNone) {
  const SoloNeuralGroup group;
  for (const float bad : {std::numeric_limits<float>::infinity(), std::nanf("")}) {
    std::vector<float> logits = {1, 2, bad, 0};
    kernels::log_probabilities(group, logits.data(), 4, {}, logits.data());
    for (const float value : logits) EXPECT_TRUE(std::isnan(value));
  }
}

// Whatever a power makes of it: -inf would be a symbol that top_k left out.
TEST(NeuralRows, WhatIsKeptHasMass) {
  const SoloNeuralGroup group;
  std::vector<float> row = {0, -3e38F, -2e38F, -3.4e38F};
  kernels::log_probabilities(group, row.data(), 4, {1.0, 1e6, 3}, row.data());
  EXPECT_EQ(row[1], std::numeric_limits<float>::lowest());
  EXPECT_EQ(row[2], std::numeric_limits<float>::lowest());
  EXPECT_EQ(row[3], -std::numeric_limits<float>::infinity());
}

// What is no number stays none, and what overflows becomes none: zeros would look like an answer.
TEST(NeuralFunctions, NumbersThatAreNoneStayNone) {
  const float nan = std::nanf("");
  EXPECT_TRUE(std::isnan(kernels::exp_float(nan)));
  EXPECT_TRUE(std::isnan(kernels::sigmoid(nan)));
  EXPECT_TRUE(std::isnan(kernels::tanh_float(nan)));
  EXPECT_TRUE(std::isnan(kernels::silu(nan)));
  const SoloNeuralGroup group;
  for (const float large : {1e20F, nan, std::numeric_limits<float>::infinity()}) {
    std::vector<float> x = {1, large, 2};
    const std::vector<float> weight = {1, 1, 1};
    kernels::rms_norm(group, x.data(), weight.data(), 1e-5F, 3, x.data());
    for (const float value : x) EXPECT_TRUE(std::isnan(value)) << large;
  }
}

TEST(NeuralFunctions, AreCloseToTheirDefinitions) {
  double exp_error = 0;
  double tanh_error = 0;
  double sigmoid_error = 0;
  for (float x = -86; x < 86; x += 0.0137F) {
    const auto wide = static_cast<double>(x);
    exp_error = std::max(exp_error,
                         std::abs(static_cast<double>(kernels::exp_float(x)) / std::exp(wide) - 1));
    tanh_error = std::max(tanh_error,
                          std::abs(static_cast<double>(kernels::tanh_float(x)) - std::tanh(wide)));
    sigmoid_error =
        std::max(sigmoid_error,
                 std::abs(static_cast<double>(kernels::sigmoid(x)) * (1 + std::exp(-wide)) - 1));
  }
  EXPECT_LT(exp_error, 3e-7);
  EXPECT_LT(tanh_error, 2e-7);
  EXPECT_LT(sigmoid_error, 4e-7);
  for (const float x : {-1e30F, -100.0F, 100.0F, 1e30F}) {
    EXPECT_TRUE(std::isfinite(kernels::exp_float(x)));
    EXPECT_NEAR(kernels::tanh_float(x), x < 0 ? -1 : 1, 1e-7);
    EXPECT_NEAR(kernels::sigmoid(x), x < 0 ? 0 : 1, 1e-7);
  }
}

}  // namespace
}  // namespace wend::test
