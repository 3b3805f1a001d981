#include "host/oracles/neural/value_network.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "host/oracles/neural/host_operations.hpp"
#include "kernels/lockstep/log_mass.hpp"
#include "kernels/neural/product.hpp"

namespace wend {
namespace {

using kernels::padded;

constexpr std::uint32_t kNodesAtOnce = 64;

/// ln of the logistic function; NaN of a logit that is not finite, which whoever asks refuses.
float log_sigmoid(float logit) {
  if (!std::isfinite(logit)) return std::numeric_limits<float>::quiet_NaN();
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
    traits_.bytes = network_->weight_bytes();
    traits_.call_bytes = sizeof(float) * (workspace_floats() + hidden_floats() + logit_floats());
  }

  [[nodiscard]] const PotentialTraits& traits() const override { return traits_; }

  void evaluate(std::uint32_t /*context*/, const OracleBatch& batch, const std::uint32_t* end,
                const PotentialRows& rows) override {
    const std::uint32_t alphabet = traits_.alphabet;
    const std::uint64_t hidden_stride = padded(network_->hidden_size());
    const std::uint64_t logit_stride = padded(alphabet);
    std::unique_ptr<Workspace> taken = take();
    const std::vector<float>& logits = taken->logits;
    const std::vector<float>& hidden = taken->hidden;
    for (std::uint32_t first = 0; first < batch.size; first += kNodesAtOnce) {
      const std::uint32_t count = std::min(kNodesAtOnce, batch.size - first);
      read(batch, first, count, *taken);
      network_->head().multiply(count, hidden.data(), hidden_stride, taken->logits.data(),
                                logit_stride);
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
    give_back(std::move(taken));
  }

 private:
  struct Workspace {
    std::unique_ptr<NetworkOperations> operations = make_host_operations();
    std::vector<float> network;
    std::vector<float> hidden;
    std::vector<float> logits;
    std::vector<std::uint32_t> recent;
    std::vector<NetworkRow> readings;
  };
  // Two readings a node: after it, and after its parent.
  [[nodiscard]] std::uint64_t workspace_floats() const {
    return network_->workspace_floats(2 * kNodesAtOnce);
  }
  [[nodiscard]] std::uint64_t hidden_floats() const {
    return 2 * kNodesAtOnce * std::uint64_t{padded(network_->hidden_size())};
  }
  [[nodiscard]] std::uint64_t logit_floats() const {
    return kNodesAtOnce * std::uint64_t{padded(traits_.alphabet)};
  }

  /// One that no call has, or a new one: as many as there are calls at a time.
  std::unique_ptr<Workspace> take() {
    {
      const std::scoped_lock lock(mutex_);
      if (!free_.empty()) {
        std::unique_ptr<Workspace> last = std::move(free_.back());
        free_.pop_back();
        return last;
      }
    }
    auto made = std::make_unique<Workspace>();
    made->network.resize(workspace_floats());
    made->hidden.resize(hidden_floats());
    made->logits.resize(logit_floats());
    return made;
  }
  void give_back(std::unique_ptr<Workspace> workspace) {
    const std::scoped_lock lock(mutex_);
    free_.push_back(std::move(workspace));
  }

  void read(const OracleBatch& batch, std::uint32_t first, std::uint32_t count,
            Workspace& at) const {
    at.recent.clear();
    at.readings.clear();
    for (const std::uint32_t above : {0U, 1U})
      for (std::uint32_t i = first; i < first + count; ++i)
        add_window({batch.prefix[i], batch.depth[i] - std::min(above, batch.depth[i])}, at.recent);
    for (std::size_t i = 0; i < 2 * std::size_t{count}; ++i) {
      NetworkRow row{};
      row.recent = at.recent.data() + i * network_->window();
      row.hidden = at.hidden.data() + i * padded(network_->hidden_size());
      at.readings.push_back(row);
    }
    network_->read(at.readings, at.network.data(), *at.operations);
  }

  void add_window(std::span<const std::uint32_t> prefix, std::vector<std::uint32_t>& recent) const {
    for (std::uint32_t k = network_->window(); k > 0; --k)
      recent.push_back(k > prefix.size() ? kNoSymbol : prefix[prefix.size() - k]);
  }

  std::shared_ptr<const Network> network_;
  bool reward_;
  PotentialTraits traits_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Workspace>> free_;
};

}  // namespace

std::shared_ptr<Potential> make_value_network(std::shared_ptr<const Network> network,
                                              std::string name, std::uint32_t alphabet,
                                              std::uint32_t horizon, bool reward) {
  return std::make_shared<ValueNetwork>(std::move(network), std::move(name), alphabet, horizon,
                                        reward);
}

}  // namespace wend
