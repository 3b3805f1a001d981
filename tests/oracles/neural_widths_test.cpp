// Networks come to the same bits in the instructions of every width that this CPU has: each part
// over vectors of all lengths that matter to a loop, and whole rows.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "host/base/simd.hpp"
#include "host/instances/neural/model.hpp"
#include "host/oracles/neural/host_operations.hpp"
#include "host/oracles/neural/reader.hpp"
#include "host/oracles/neural/row_functions.hpp"
#include "tests/support/neural_models.hpp"

namespace wend::test {
namespace {

using kernels::NetworkRow;
using kernels::RowVectors;

constexpr std::uint32_t kRows = 3;
// Below a vector, whole vectors, parts of 32 and of 256 with something left over.
constexpr std::uint32_t kSizes[] = {1, 3, 8, 17, 32, 64, 100, 256, 545, 1300};

std::vector<Simd> wide_ones() {
  std::vector<Simd> widths;
  for (const Simd simd : {Simd::kAvx2, Simd::kAvx512})
    if (cpu_has(simd)) widths.push_back(simd);
  return widths;
}

/// Rows of numbers of all magnitudes that a network has, zeros of both signs, and some beyond.
class Rows {
 public:
  Rows(std::uint32_t size, std::uint32_t seed, float scale = 1)
      : size_(size), values_(std::size_t{kRows} * (size + 5)) {
    std::mt19937 random(seed);
    std::normal_distribution<float> law(0, scale);
    for (float& value : values_) value = random() % 9 == 0 ? -0.0F : law(random);
  }
  RowVectors vectors() { return {values_.data(), size_ + 5, size_}; }
  float& at(std::size_t row, std::size_t i) { return values_[row * (size_ + 5) + i]; }
  [[nodiscard]] const std::vector<float>& values() const { return values_; }

 private:
  std::uint32_t size_;
  std::vector<float> values_;
};

void expect_same(const std::vector<float>& found, const std::vector<float>& expected,
                 const std::string& what) {
  ASSERT_EQ(found.size(), expected.size());
  // A NaN's bits are of no matter, but that it is one.
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (std::isnan(expected[i])) {
      ASSERT_TRUE(std::isnan(found[i])) << what << ", " << i;
    } else {
      ASSERT_EQ(std::memcmp(&found[i], &expected[i], sizeof(float)), 0)
          << what << ", " << i << ": " << found[i] << " and " << expected[i];
    }
  }
}

/// Runs `part` with the functions of every width; it returns what it has written.
template <class Part>
void expect_same_everywhere(const std::string& what, const Part& part) {
  const std::vector<float> expected = part(row_functions(Simd::kScalar));
  for (const Simd simd : wide_ones())
    expect_same(part(row_functions(simd)), expected, what + " in " + std::string(to_string(simd)));
}

TEST(NeuralWidths, Norms) {
  for (const std::uint32_t size : kSizes)
    expect_same_everywhere("norm of " + std::to_string(size), [&](const RowFunctions& functions) {
      Rows x(size, size);
      Rows weight(size, 2);
      x.at(1, size / 2) = 1e20F;  // whose square is infinite
      functions.rms_norm(kRows, x.vectors(), weight.values().data(), 1e-5F, x.vectors());
      functions.add(kRows, weight.vectors(), x.vectors());
      return x.values();
    });
}

TEST(NeuralWidths, GatesAndActivations) {
  for (const std::uint32_t size : kSizes)
    for (const float scale : {0.1F, 3.0F, 60.0F, 1e30F})
      expect_same_everywhere("gates of " + std::to_string(size) + " times " + std::to_string(scale),
                             [&](const RowFunctions& functions) {
                               Rows gate(size, size, scale);
                               Rows up(size, 2, scale);
                               Rows other(size, 3, scale);
                               gate.at(2, size - 1) = std::numeric_limits<float>::quiet_NaN();
                               gate.at(1, 0) = -std::numeric_limits<float>::infinity();
                               functions.swiglu(kRows, gate.vectors(), up.vectors());
                               using kernels::Activation;
                               functions.activate(kRows, Activation::kTanh, up.vectors());
                               functions.activate(kRows, Activation::kSilu, other.vectors());
                               std::vector<float> all = gate.values();
                               all.insert(all.end(), up.values().begin(), up.values().end());
                               functions.activate(kRows, Activation::kRelu, gate.vectors());
                               for (const Rows* rows : {&other, &gate})
                                 all.insert(all.end(), rows->values().begin(),
                                            rows->values().end());
                               return all;
                             });
}

TEST(NeuralWidths, Cells) {
  for (const std::uint32_t size : kSizes)
    expect_same_everywhere("cells of " + std::to_string(size), [&](const RowFunctions& functions) {
      Rows input(4 * size, size, 2);
      Rows state(4 * size, 7, 2);
      Rows before(size, 8);
      Rows next(size, 9);
      Rows cell(size, 10);
      functions.gru(kRows, input.vectors(), state.vectors(), before.vectors(), next.vectors());
      std::vector<float> all = next.values();
      functions.lstm(kRows, input.vectors(), state.vectors(), before.vectors(), next.vectors(),
                     cell.vectors());
      all.insert(all.end(), next.values().begin(), next.values().end());
      all.insert(all.end(), cell.values().begin(), cell.values().end());
      return all;
    });
}

TEST(NeuralWidths, Attention) {
  constexpr std::uint32_t kPrompt = 4;
  for (const std::uint32_t head_size : {2U, 6U, 16U, 64U, 70U})
    for (const std::uint32_t own : {1U, 2U, 31U, 100U}) {
      const kernels::AttentionLayer layer{4, 2, head_size, 0.3F, 4ULL * head_size + 3, 3};
      const std::uint32_t positions = kPrompt + own;
      std::mt19937 random(own);
      std::normal_distribution<float> law(0, 2);
      std::vector<float> states(layer.state_floats * (kPrompt + kRows * own));
      std::vector<float> angles(std::size_t{positions} * head_size / 2);
      for (float& value : states) value = law(random);
      for (float& value : angles) value = law(random);
      std::vector<NetworkRow> rows;
      for (std::uint32_t i = 0; i < kRows; ++i)
        rows.push_back({0, positions - 1 - (i == 1 ? own / 2 : 0), kPrompt, states.data(),
                        states.data() + (kPrompt + i * own) * layer.state_floats, nullptr,
                        nullptr});
      expect_same_everywhere("attention", [&](const RowFunctions& functions) {
        Rows heads(6 * head_size, head_size);
        Rows out(4 * head_size, 1);
        std::vector<float> scores(positions);
        functions.rotate(kRows, rows.data(), layer, angles.data(), angles.data(), heads.vectors());
        functions.attend(kRows, rows.data(), layer, heads.vectors(), scores.data(), out.vectors());
        std::vector<float> all = heads.values();
        all.insert(all.end(), out.values().begin(), out.values().end());
        return all;
      });
    }
}

TEST(NeuralWidths, LogProbabilities) {
  for (const std::uint32_t size : {2U, 5U, 255U, 256U, 1000U, 5000U})
    for (const float scale : {0.0F, 1.0F, 30.0F, 1e4F, 1e38F})
      for (const kernels::RowLaw& law :
           {kernels::RowLaw{1, 1, 0}, kernels::RowLaw{1 / 0.7, 1, size / 2 + 1},
            kernels::RowLaw{1, 4, 0}, kernels::RowLaw{1.3, 1e6, size}})
        expect_same_everywhere("row of " + std::to_string(size) + " times " + std::to_string(scale),
                               [&](const RowFunctions& functions) {
                                 Rows logits(size, size, scale);
                                 if (size == 255)
                                   logits.at(1, 70) = std::numeric_limits<float>::infinity();
                                 std::vector<float> out(std::size_t{kRows} * size);
                                 functions.log_probabilities(kRows, logits.vectors(), law,
                                                             out.data());
                                 return out;
                               });
}

// Products too: from symbols to rows.
TEST(NeuralWidths, WholeRows) {
  for (const std::string name : kNeuralModels) {
    const testing::TemporaryFolder folder;
    const nlohmann::json document = json_file(neural_file(folder, name));
    const auto prompt = document["prompt"].get<std::vector<std::uint32_t>>();
    const auto positions = static_cast<std::uint32_t>(prompt.size()) + 7;
    const auto network = NeuralModel(JsonReader("instance.json", "", document)).load(positions);
    const kernels::RowLaw law{1 / 0.9, 1, 4};
    const std::uint32_t alphabet = network->head().outputs();
    const auto rows_in = [&](Simd simd) {
      NetworkReader reader(*network, prompt, law, {8, 8, 64, 8}, make_host_operations(simd));
      const NeuralPrompt read = reader.read_prompt();
      std::vector<float> all;
      for (std::uint32_t depth = 0; depth < 6; ++depth) {
        std::vector<std::vector<std::uint32_t>> prefixes;
        std::vector<std::uint32_t> slots;
        std::vector<std::uint32_t> depths;
        std::vector<const std::uint32_t*> pointers;
        for (std::uint32_t slot = 0; slot < 8; ++slot) {
          auto& prefix = prefixes.emplace_back();
          for (std::uint32_t i = 0; i < depth; ++i) prefix.push_back((slot * 3 + i) % alphabet);
          slots.push_back(slot);
          depths.push_back(depth);
        }
        for (const auto& prefix : prefixes) pointers.push_back(prefix.data());
        OracleBatch batch;
        batch.size = 8;
        batch.slot = slots.data();
        batch.depth = depths.data();
        batch.prefix = pointers.data();
        std::vector<float> rows(std::size_t{8} * alphabet);
        reader.expand(batch, read, rows.data());
        all.insert(all.end(), rows.begin(), rows.end());
      }
      return all;
    };
    const std::vector<float> expected = rows_in(Simd::kScalar);
    for (const Simd simd : wide_ones())
      expect_same(rows_in(simd), expected, name + " in " + std::string(to_string(simd)));
  }
}

}  // namespace
}  // namespace wend::test
