#include "host/oracles/neural/value_network.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "kernels/lockstep/log_mass.hpp"
#include "kernels/neural/product.hpp"

namespace wend {
namespace {

using kernels::padded;

constexpr std::uint32_t kBlock = 64;

/// ln of the logistic function.
float log_sigmoid(float logit) {
  const auto x = static_cast<double>(logit);
  const double tail = kernels::log_of_mass(1 + kernels::mass_of_log(x < 0 ? x : -x));
  return static_cast<float>((x < 0 ? x : 0.0) - tail);
}

class ValueNetwork final : public Potential {
 public:
  ValueNetwork(std::shared_ptr<const Network> network, std::string name, std::uint32_t alphabet,
               std::uint32_t horizon, bool reward)
      : network_(std::move(network)), reward_(reward) {
    traits_.name = std::move(name);
    traits_.alphabet = alphabet;
    traits_.horizon = horizon;
  }

  [[nodiscard]] const PotentialTraits& traits() const override { return traits_; }

  void evaluate(std::uint32_t /*context*/, const OracleBatch& batch, const std::uint32_t* end,
                const PotentialRows& rows) override {
    const std::uint32_t alphabet = traits_.alphabet;
    const std::uint64_t hidden_stride = padded(network_->hidden_size());
    const std::uint64_t logit_stride = padded(alphabet);
    // Two readings a node: after it, and after its parent.
    std::vector<float> workspace(network_->workspace_floats(2 * kBlock, traits_.horizon));
    std::vector<float> hidden(2 * kBlock * hidden_stride);
    std::vector<float> logits(kBlock * logit_stride);
    for (std::uint32_t first = 0; first < batch.size; first += kBlock) {
      const std::uint32_t count = std::min(kBlock, batch.size - first);
      read(batch, first, count, workspace.data(), hidden.data());
      network_->head().multiply(count, hidden.data(), hidden_stride, logits.data(), logit_stride);
      for (std::uint32_t i = 0; i < count; ++i) {
        const std::uint32_t node = first + i;
        const bool last = batch.depth[node] + 1 == traits_.horizon;
        float* children = rows.children + std::size_t{node} * alphabet;
        for (std::uint32_t c = 0; c < alphabet; ++c) {
          const bool leaf = last || (end != nullptr && ((end[c / 32] >> (c % 32)) & 1U) != 0);
          children[c] = leaf && !reward_ ? 0.0F : log_sigmoid(logits[i * logit_stride + c]);
        }
        rows.own[node] =
            batch.depth[node] == 0
                ? 0.0F
                : log_sigmoid(network_->head().multiply_one(
                      batch.symbol[node], hidden.data() + (count + i) * hidden_stride));
      }
    }
  }

 private:
  void read(const OracleBatch& batch, std::uint32_t first, std::uint32_t count, float* workspace,
            float* hidden) const {
    std::vector<std::uint32_t> recent;
    std::vector<NetworkRow> readings(2 * std::size_t{count});
    for (const std::uint32_t above : {0U, 1U})
      for (std::uint32_t i = first; i < first + count; ++i)
        add_window({batch.prefix[i], batch.depth[i] - std::min(above, batch.depth[i])}, recent);
    for (std::size_t i = 0; i < readings.size(); ++i)
      readings[i].recent = recent.data() + i * network_->window();
    network_->read(readings, workspace, hidden);
  }

  void add_window(std::span<const std::uint32_t> prefix, std::vector<std::uint32_t>& recent) const {
    for (std::uint32_t k = network_->window(); k > 0; --k)
      recent.push_back(k > prefix.size() ? kNoSymbol : prefix[prefix.size() - k]);
  }

  std::shared_ptr<const Network> network_;
  bool reward_;
  PotentialTraits traits_;
};

}  // namespace

std::shared_ptr<Potential> make_value_network(std::shared_ptr<const Network> network,
                                              std::string name, std::uint32_t alphabet,
                                              std::uint32_t horizon, bool reward) {
  return std::make_shared<ValueNetwork>(std::move(network), std::move(name), alphabet, horizon,
                                        reward);
}

}  // namespace wend
