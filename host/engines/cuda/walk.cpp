#include "kernels/cuda/walk.hpp"

#include <cuda_runtime_api.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "host/engines/cuda/chains.hpp"
#include "host/engines/cuda/engine.hpp"
#include "host/engines/cuda/oracle.hpp"
#include "host/engines/engine.hpp"
#include "host/instances/instance.hpp"
#include "host/oracles/walk_of.hpp"
#include "kernels/random/philox.hpp"
#include "wend/cuda.hpp"
#include "wend/error.hpp"

static_assert(std::is_same_v<wend::cuda::Stream, cudaStream_t>);

namespace wend::cuda {
namespace {

const WalkOptions& checked(const WalkOptions& options) {
  const auto require = [](bool holds, const char* what) {
    if (!holds) throw Error(ErrorKind::kUsage, std::string(what) + " must be at least 1");
  };
  require(options.chains >= 1, "chains");
  // The sequential sampler's first visit has the law of all others.
  require(options.first_visits >= 1 || options.algorithm == Algorithm::kSequential, "first_visits");
  require(options.thin >= 1, "thin");
  require(options.round_size >= 1, "round_size");
  require(options.steps_per_launch >= 1, "steps_per_launch");
  static_cast<void>(describe_cuda_device());  // throws where there is none
  return options;
}

std::uint64_t checked_product(std::uint64_t a, std::uint64_t b) {
  if (b != 0 && a > std::numeric_limits<std::uint64_t>::max() / b)
    throw Error(ErrorKind::kUsage, "chains x round_size is more than can be counted");
  return a * b;
}

}  // namespace

class Walk::Impl {
 public:
  Impl(const Instance& instance, const WalkOptions& options, cudaStream_t stream)
      : Impl(instance.compile(walk_of(checked(options).algorithm), options.correction), options,
             stream) {}

  Impl(const Oracle& oracle, const WalkOptions& options, cudaStream_t stream)
      : walk_(walk_of(options.algorithm)),
        oracle_(oracle, stream),
        chains_(options.chains, oracle_.path_words(), stream),
        samples_(checked_product(options.chains, options.round_size)),
        records_(checked_product(samples_, oracle_.record_words()), "records", stream),
        symbols_(checked_product(samples_, oracle_.horizon()), "symbols", stream),
        status_(1, "counters", stream) {
    limits_.seed = options.seed;
    limits_.first_chain = options.first_chain;
    limits_.purpose = kernels::kPurposeWalk;
    limits_.thin = options.thin;
    limits_.quota = std::numeric_limits<std::uint64_t>::max();
    limits_.round_size = options.round_size;
    kernels::cuda_check(cudaMemsetAsync(status_.data(), 0, status_.bytes(), stream),
                        "clearing the counters");
    // Waits for the stream, and so for the copies of `oracle` too.
    chains_.upload(chains_at_root(oracle, options.chains, std::max(1U, options.first_visits)),
                   stream);
    // Launches that are being captured should not be the first to load a kernel. A launch of no
    // steps also counts the unfinished chains.
    advance_async(stream);
    oracle_.visit([](const auto& view) { kernels::load_decoder(view); });
    limits_.step_budget = options.steps_per_launch;
  }

  void advance_async(cudaStream_t stream) {
    const kernels::WalkJob job{chains_.arrays(), chains_.size(), 0, chains_.size(), limits_,
                               records_.data(),  status_.data()};
    oracle_.visit([&](const auto& view) {
      kernels::advance_async(view, walk_, job, kernels::RowPlacement::kSharedTop, stream);
    });
  }
  void decode_async(cudaStream_t stream) {
    oracle_.visit([&](const auto& view) {
      kernels::decode_async(view, records_.data(), samples_, symbols_.data(), stream);
    });
  }
  void next_round() { limits_.round_begin += limits_.round_size; }

  [[nodiscard]] const kernels::RunLimits& limits() const { return limits_; }
  [[nodiscard]] const CudaOracle& oracle() const { return oracle_; }
  [[nodiscard]] const CudaChains& chains() const { return chains_; }
  [[nodiscard]] const std::uint32_t* symbols() const { return symbols_.data(); }
  [[nodiscard]] const kernels::RunStatus* status() const { return status_.data(); }

 private:
  kernels::Walk walk_;
  CudaOracle oracle_;
  CudaChains chains_;
  std::uint64_t samples_;  // of a round
  kernels::DeviceArray<std::uint32_t> records_;
  kernels::DeviceArray<std::uint32_t> symbols_;
  kernels::DeviceArray<kernels::RunStatus> status_;
  kernels::RunLimits limits_{};
};

Walk::Walk(const Instance& instance, const WalkOptions& options, Stream stream)
    : impl_(std::make_unique<Impl>(instance, options, stream)) {}
Walk::Walk(Walk&&) noexcept = default;
Walk& Walk::operator=(Walk&&) noexcept = default;
Walk::~Walk() = default;

void Walk::advance_async(Stream stream) { impl_->advance_async(stream); }
void Walk::decode_async(Stream stream) { impl_->decode_async(stream); }
void Walk::next_round() { impl_->next_round(); }

std::uint64_t Walk::chains() const { return impl_->chains().size(); }
std::uint64_t Walk::round_size() const { return impl_->limits().round_size; }
std::uint32_t Walk::horizon() const { return impl_->oracle().horizon(); }
const std::uint32_t* Walk::symbols() const { return impl_->symbols(); }
const unsigned long long* Walk::unfinished() const { return &impl_->status()->unfinished; }
const unsigned long long* Walk::expansions() const { return &impl_->status()->expansions; }

DeviceState Walk::state() const {
  const kernels::ChainArrays arrays = impl_->chains().arrays();
  DeviceState state{};
  for_each_column([](auto& to, auto from) { to = from; }, state, arrays);
  state.path = arrays.path;
  return state;
}

ChainState Walk::save(Stream stream) const { return impl_->chains().download(stream); }

}  // namespace wend::cuda
