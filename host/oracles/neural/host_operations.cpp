#include "host/oracles/neural/host_operations.hpp"

#include <algorithm>
#include <cstddef>

#include "host/base/simd.hpp"
#include "host/base/table_memory.hpp"
#include "host/oracles/neural/row_functions.hpp"
#include "host/oracles/neural/solo_group.hpp"
#include "kernels/neural/embedding.hpp"

namespace wend {
namespace {

using kernels::NetworkRow;

class HostOperations final : public NetworkOperations {
 public:
  explicit HostOperations(Simd simd) : simd_(resolve(simd)), functions_(row_functions(simd_)) {}

  [[nodiscard]] float* allocate(std::uint64_t floats) override {
    return memory_.emplace_back(floats).data();
  }
  void copy(float* to, const float* from, std::uint64_t floats) override {
    std::copy_n(from, floats, to);
  }
  void write(float* to, std::span<const float> values) override { std::ranges::copy(values, to); }
  void wait() override {}
  void begin(std::span<const NetworkRow> rows, std::uint32_t window) override {
    rows_ = rows;
    window_ = window;
  }
  void embed(const PackedMatrix& table, const RowVectors& out) override {
    each([&](std::size_t i) {
      kernels::unpack_output(group_, table.weights().data(), table.inputs(), rows_[i].symbol,
                             out.of(i));
    });
  }
  void embed_window(const PackedMatrix& table, const RowVectors& out) override {
    each([&](std::size_t i) {
      kernels::unpack_window(group_, table.weights().data(), table.inputs(), rows_[i].recent,
                             window_, out.of(i));
    });
  }
  void rms_norm(const RowVectors& x, const std::vector<float>& weight, float epsilon,
                const RowVectors& out) override {
    functions_.rms_norm(count(), x, weight.data(), epsilon, out);
  }
  void add(const RowVectors& x, const RowVectors& sum) override { functions_.add(count(), x, sum); }
  void swiglu(const RowVectors& gate, const RowVectors& up) override {
    functions_.swiglu(count(), gate, up);
  }
  void activate(kernels::Activation activation, const RowVectors& x) override {
    functions_.activate(count(), activation, x);
  }
  void load_state(const kernels::StatePart& part, const RowVectors& out) override {
    each([&](std::size_t i) { kernels::load_state(group_, rows_[i], part, out.of(i)); });
  }
  void store_state(const kernels::StatePart& part, const RowVectors& values) override {
    each([&](std::size_t i) { kernels::store_state(group_, rows_[i], part, values.of(i)); });
  }
  void rotate(const kernels::AttentionLayer& layer, const std::vector<float>& cosines,
              const std::vector<float>& sines, const RowVectors& heads) override {
    functions_.rotate(count(), rows_.data(), layer, cosines.data(), sines.data(), heads);
  }
  void attend(const kernels::AttentionLayer& layer, const RowVectors& queries,
              const RowVectors& out) override {
    for (const NetworkRow& row : rows_)
      scores_.resize(std::max<std::size_t>(scores_.size(), row.position + std::size_t{1}));
    functions_.attend(count(), rows_.data(), layer, queries, scores_.data(), out);
  }
  void gru(const RowVectors& from_input, const RowVectors& from_state, const RowVectors& state,
           const RowVectors& next) override {
    functions_.gru(count(), from_input, from_state, state, next);
  }
  void lstm(const RowVectors& from_input, const RowVectors& from_state, const RowVectors& cell,
            const RowVectors& next, const RowVectors& next_cell) override {
    functions_.lstm(count(), from_input, from_state, cell, next, next_cell);
  }
  void hand_out(const RowVectors& hidden) override {
    each([&](std::size_t i) {
      if (rows_[i].hidden != nullptr) std::copy_n(hidden.of(i), hidden.size, rows_[i].hidden);
    });
  }
  void multiply(const PackedMatrix& matrix, std::uint32_t rows, const RowVectors& x,
                const RowVectors& y) override {
    matrix.multiply(rows, x.data, x.stride, y.data, y.stride, simd_);
  }
  void log_probabilities(std::uint32_t rows, const RowVectors& logits, const kernels::RowLaw& law,
                         float* out) override {
    functions_.log_probabilities(rows, logits, law, out);
  }

 private:
  template <class Work>
  void each(const Work& work) const {
    for (std::size_t i = 0; i < rows_.size(); ++i) work(i);
  }

  [[nodiscard]] std::uint32_t count() const { return static_cast<std::uint32_t>(rows_.size()); }

  Simd simd_;
  const RowFunctions& functions_;
  SoloNeuralGroup group_;
  std::vector<TableMemory<float>> memory_;
  std::span<const NetworkRow> rows_;
  std::uint32_t window_ = 0;
  std::vector<float> scores_;  // of one head
};

}  // namespace

std::unique_ptr<NetworkOperations> make_host_operations(Simd simd) {
  return std::make_unique<HostOperations>(simd);
}

}  // namespace wend
