#include "host/oracles/neural/host_operations.hpp"

#include <algorithm>
#include <cstddef>

#include "host/base/table_memory.hpp"
#include "host/oracles/neural/solo_group.hpp"
#include "kernels/neural/embedding.hpp"

namespace wend {
namespace {

using kernels::NetworkRow;

class HostOperations final : public NetworkOperations {
 public:
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
    each([&](std::size_t i) {
      kernels::rms_norm(group_, x.of(i), weight.data(), epsilon, x.size, out.of(i));
    });
  }
  void add(const RowVectors& x, const RowVectors& sum) override {
    each([&](std::size_t i) { kernels::add_to(group_, x.of(i), x.size, sum.of(i)); });
  }
  void swiglu(const RowVectors& gate, const RowVectors& up) override {
    each([&](std::size_t i) {
      kernels::swiglu(group_, gate.of(i), up.of(i), gate.size, gate.of(i));
    });
  }
  void activate(kernels::Activation activation, const RowVectors& x) override {
    each([&](std::size_t i) { kernels::activate(group_, activation, x.size, x.of(i)); });
  }
  void load_state(const kernels::StatePart& part, const RowVectors& out) override {
    each([&](std::size_t i) { kernels::load_state(group_, rows_[i], part, out.of(i)); });
  }
  void store_state(const kernels::StatePart& part, const RowVectors& values) override {
    each([&](std::size_t i) { kernels::store_state(group_, rows_[i], part, values.of(i)); });
  }
  void rotate(const kernels::AttentionLayer& layer, const std::vector<float>& cosines,
              const std::vector<float>& sines, const RowVectors& heads) override {
    each([&](std::size_t i) {
      kernels::rotate_heads(group_, layer, cosines.data(), sines.data(), rows_[i], heads.of(i));
    });
  }
  void attend(const kernels::AttentionLayer& layer, const RowVectors& queries,
              const RowVectors& out) override {
    each([&](std::size_t i) {
      scores_.resize(std::max<std::size_t>(scores_.size(), rows_[i].position + std::size_t{1}));
      for (std::uint32_t head = 0; head < layer.heads; ++head)
        kernels::attend_head(group_, layer, rows_[i], head, queries.of(i), scores_.data(),
                             out.of(i));
    });
  }
  void gru(const RowVectors& from_input, const RowVectors& from_state, const RowVectors& state,
           const RowVectors& next) override {
    each([&](std::size_t i) {
      kernels::gru_cell(group_, from_input.of(i), from_state.of(i), state.of(i), next.size,
                        next.of(i));
    });
  }
  void lstm(const RowVectors& from_input, const RowVectors& from_state, const RowVectors& cell,
            const RowVectors& next, const RowVectors& next_cell) override {
    each([&](std::size_t i) {
      kernels::lstm_cell(group_, from_input.of(i), from_state.of(i), cell.of(i), next.size,
                         next.of(i), next_cell.of(i));
    });
  }
  void hand_out(const RowVectors& hidden) override {
    each([&](std::size_t i) {
      if (rows_[i].hidden != nullptr) std::copy_n(hidden.of(i), hidden.size, rows_[i].hidden);
    });
  }
  void multiply(const PackedMatrix& matrix, std::uint32_t rows, const RowVectors& x,
                const RowVectors& y) override {
    matrix.multiply(rows, x.data, x.stride, y.data, y.stride);
  }
  void log_probabilities(std::uint32_t rows, const RowVectors& logits, const kernels::RowLaw& law,
                         float* out) override {
    for (std::uint32_t i = 0; i < rows; ++i)
      kernels::log_probabilities(group_, logits.of(i), logits.size, law,
                                 out + std::uint64_t{i} * logits.size);
  }

 private:
  template <class Work>
  void each(const Work& work) const {
    for (std::size_t i = 0; i < rows_.size(); ++i) work(i);
  }

  SoloNeuralGroup group_;
  std::vector<TableMemory<float>> memory_;
  std::span<const NetworkRow> rows_;
  std::uint32_t window_ = 0;
  std::vector<float> scores_;  // of one head
};

}  // namespace

std::unique_ptr<NetworkOperations> make_host_operations() {
  return std::make_unique<HostOperations>();
}

}  // namespace wend
