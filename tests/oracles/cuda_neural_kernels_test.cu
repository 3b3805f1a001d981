// What networks are made of on a device, to the bits of the CPU: products in every tile, and rows
// of log-probabilities of every size.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "host/engines/engine.hpp"
#include "host/oracles/neural/host_operations.hpp"
#include "host/oracles/neural/packed_matrix.hpp"
#include "kernels/cuda/device_memory.hpp"
#include "kernels/cuda/neural.hpp"
#include "kernels/cuda/neural_product.hpp"
#include "kernels/neural/log_probabilities.hpp"

namespace wend::test {
namespace {

using kernels::DeviceArray;
using kernels::padded;
using kernels::ProductTile;

constexpr ProductTile kTiles[] = {ProductTile::kRows8, ProductTile::kRows32, ProductTile::kRows64,
                                  ProductTile::kRows128};

class CudaNeuralKernels : public testing::Test {
 protected:
  void SetUp() override {
    if (!cuda_available()) GTEST_SKIP() << "no CUDA device";
  }

  std::vector<float> normal(std::size_t count, float scale = 1) {
    std::normal_distribution<float> law;
    std::vector<float> values(count);
    for (float& value : values) value = scale * law(random_);
    return values;
  }

  std::mt19937 random_{3};
};

/// Bits, so that zeros of both signs differ, and a NaN is what it is.
std::vector<std::uint32_t> bits_of(const std::vector<float>& values) {
  std::vector<std::uint32_t> bits(values.size());
  std::memcpy(bits.data(), values.data(), values.size() * sizeof(float));
  return bits;
}

DeviceArray<float> on_device(const std::vector<float>& values, const kernels::Stream& stream) {
  DeviceArray<float> copy(values.size(), "a test", stream.get());
  copy.upload(values.data(), stream.get());
  return copy;
}

std::vector<float> from_device(const DeviceArray<float>& values, const kernels::Stream& stream) {
  std::vector<float> copy(values.size());
  values.download(copy.data(), stream.get());
  kernels::cuda_check(cudaStreamSynchronize(stream.get()), "a test");
  return copy;
}

struct Shape {
  std::uint32_t rows;
  std::uint32_t outputs;
  std::uint32_t inputs;
};

// Shapes on both sides of every tile's edges, and of what a tile reads at once.
TEST_F(CudaNeuralKernels, ProductsAreThoseOfTheCpuInEveryTile) {
  const Shape shapes[] = {{1, 1, 1},    {1, 16, 3},    {3, 17, 129},  {8, 48, 128},
                          {9, 33, 127}, {32, 32, 33},  {33, 65, 40},  {64, 64, 16},
                          {65, 80, 17}, {128, 128, 8}, {129, 130, 9}, {130, 20, 300}};
  const kernels::Stream stream;
  for (const auto& [rows, outputs, inputs] : shapes) {
    for (const bool biased : {false, true}) {
      PackedMatrix matrix(outputs, inputs);
      const std::vector<float> weights = normal(std::size_t{outputs} * inputs);
      for (std::uint32_t n = 0; n < outputs; ++n)
        matrix.set_row(n, {weights.data() + std::size_t{n} * inputs, inputs});
      // The first chain of the first row is -0 throughout where it begins there, which one more
      // sum with 0 would turn around.
      std::vector<float> bias = normal(outputs);
      bias[0] = -0.0F;
      if (biased) matrix.set_bias(0, bias);
      const std::uint64_t x_stride = padded(inputs);
      const std::uint64_t y_stride = padded(outputs) + 16;  // what lies between is not touched
      std::vector<float> x = normal(rows * x_stride);
      for (std::uint32_t k = 0; k < inputs; ++k) x[k] = std::copysign(0.0F, -weights[k]);
      std::vector<float> expected(rows * y_stride, -7.0F);
      matrix.multiply(rows, x.data(), x_stride, expected.data(), y_stride);
      const auto device_x = on_device(x, stream);
      const auto device_weights =
          on_device({matrix.weights().begin(), matrix.weights().end()}, stream);
      const auto device_bias = on_device({matrix.bias().begin(), matrix.bias().end()}, stream);
      for (const ProductTile tile : kTiles) {
        const auto y = on_device(std::vector<float>(rows * y_stride, -7.0F), stream);
        kernels::multiply_async(
            {device_weights.data(), device_bias.data(), device_x.data(), y.data(), x_stride,
             y_stride, rows, inputs, kernels::panels_of(outputs)},
            tile, stream.get());
        EXPECT_EQ(bits_of(from_device(y, stream)), bits_of(expected))
            << rows << " x " << outputs << " x " << inputs << ", tile " << static_cast<int>(tile);
      }
    }
  }
}

// Each tile is chosen for some shape: small ones where blocks are few, and none that is mostly
// empty.
TEST(ProductTile, FitsTheShape) {
  EXPECT_EQ(kernels::product_tile(1, 36), ProductTile::kRows8);
  EXPECT_EQ(kernels::product_tile(8, 36), ProductTile::kRows8);
  EXPECT_EQ(kernels::product_tile(64, 36), ProductTile::kRows32);
  EXPECT_EQ(kernels::product_tile(64, 3072), ProductTile::kRows64);
  EXPECT_EQ(kernels::product_tile(256, 36), ProductTile::kRows32);
  EXPECT_EQ(kernels::product_tile(1024, 96), ProductTile::kRows64);
  EXPECT_EQ(kernels::product_tile(1024, 3072), ProductTile::kRows128);
}

TEST_F(CudaNeuralKernels, LogProbabilitiesAreThoseOfTheCpu) {
  const kernels::Stream stream;
  const auto cpu = make_host_operations();
  const kernels::RowLaw laws[] = {{}, {1.25, 2, 3}, {0.5, 0.75, 40}, {1, 4, 1}};
  for (const std::uint32_t size : {2U, 5U, 31U, 32U, 33U, 256U, 257U, 3000U}) {
    constexpr std::uint32_t kRows = 4;
    const std::uint64_t stride = padded(size);
    std::vector<float> logits = normal(kRows * stride, 3);
    for (std::uint32_t i = 0; i < size; i += 3) logits[stride + i] = 1;  // ties
    logits[2 * stride + size / 2] = std::numeric_limits<float>::infinity();
    logits[3 * stride] = 3e38F;
    for (kernels::RowLaw law : laws) {
      law.top_k = std::min(law.top_k, size);
      std::vector<float> expected(std::size_t{kRows} * size);
      cpu->log_probabilities(kRows, {logits.data(), stride, size}, law, expected.data());
      const auto device_logits = on_device(logits, stream);
      const DeviceArray<float> out(expected.size(), "a test", stream.get());
      kernels::log_probabilities_async(kRows, {device_logits.data(), stride, size}, law, out.data(),
                                       stream.get());
      EXPECT_EQ(bits_of(from_device(out, stream)), bits_of(expected)) << size;
    }
  }
}

}  // namespace
}  // namespace wend::test
