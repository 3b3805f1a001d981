#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "host/cpu_features.hpp"
#include "host/cpu_job.hpp"
#include "host/cpu_scalar.hpp"
#include "host/engine.hpp"
#include "host/parallel.hpp"
#include "wend/error.hpp"

namespace wend {

namespace {

/// Tables beyond this are fetched ahead: about what the caches keep of a table.
constexpr std::uint64_t kCachedBytes = std::uint64_t{6} << 20U;

bool cpu_has(Simd simd) {
  return simd == Simd::kScalar || (simd == Simd::kAvx2 && cpu_has_avx2()) ||
         (simd == Simd::kAvx512 && cpu_has_avx512());
}

std::string to_string(Simd simd) {
  return simd == Simd::kAvx512 ? "avx512" : simd == Simd::kAvx2 ? "avx2" : "scalar";
}

/// What `simd` comes to on this CPU. Throws Error(kUsage) if the CPU has not got it.
Simd resolve(Simd simd) {
  if (simd == Simd::kAuto) {
    for (const Simd candidate : {Simd::kAvx512, Simd::kAvx2})
      if (cpu_has(candidate)) return candidate;
    return Simd::kScalar;
  }
  if (!cpu_has(simd)) throw Error(ErrorKind::kUsage, "this CPU has not got " + to_string(simd));
  return simd;
}

template <class Visitor>
decltype(auto) visit_cpu_view(const Oracle& oracle, Visitor&& visitor) {
  return std::visit(
      [&](const auto& kind) -> decltype(auto) {
        using Kind = std::decay_t<decltype(kind)>;
        if constexpr (std::is_same_v<Kind, TreeOracle>) {
          return visit_view(kind, kind.rows.words(), visitor);
        } else if constexpr (std::is_same_v<Kind, StateOracle>) {
          return visit_view(kind, kind.rows.words(), kind.next.data(), visitor);
        } else {
          return visitor(make_knapsack_view(kind));
        }
      },
      oracle);
}

kernels::ChainArrays arrays_of(ChainState& state) {
  return {state.node.data(),       state.depth.data(),       state.arrived_up.data(),
          state.countdown.data(),  state.steps.data(),       state.moves_up.data(),
          state.expansions.data(), state.leaf_visits.data(), state.samples.data(),
          state.path.data(),       state.path_words,         1};
}

/// Hands out the chains of one round to the threads.
class ChainQueue {
 public:
  ChainQueue(std::uint64_t chains, std::uint64_t block, const std::atomic<bool>& stop)
      : chains_(chains), block_(block), stop_(stop) {}

  static ChainBlock next(void* queue) {
    auto& self = *static_cast<ChainQueue*>(queue);
    const std::uint64_t begin =
        std::min(self.next_.fetch_add(self.block_, std::memory_order_relaxed), self.chains_);
    return {begin, std::min(begin + self.block_, self.chains_)};
  }
  static bool stopped(void* queue) {
    return static_cast<ChainQueue*>(queue)->stop_.load(std::memory_order_relaxed);
  }

 private:
  const std::uint64_t chains_;
  const std::uint64_t block_;
  const std::atomic<bool>& stop_;
  std::atomic<std::uint64_t> next_{0};
};

class CpuEngine final : public Engine {
 public:
  CpuEngine(const Oracle& oracle, kernels::Walk walk, ChainState chains, unsigned threads,
            Simd simd)
      : oracle_(oracle),
        walk_(walk),
        state_(std::move(chains)),
        threads_(threads != 0 ? threads : std::max(1U, std::thread::hardware_concurrency())),
        simd_(resolve(simd)) {
    check_state(state_, oracle_, state_.chains());
    // The roots of new chains were expanded when the chains were made.
    for (const std::uint64_t steps : state_.steps) expansions_ += steps == 0 ? 1 : 0;
  }

  void advance(const kernels::RunLimits& limits, std::span<std::uint32_t> records,
               const std::atomic<bool>& stop) override {
    visit_cpu_view(oracle_, [&](const auto& view) { advance_view(view, limits, records, stop); });
  }

  ChainState save() override { return state_; }
  void restore(const ChainState& state) override {
    check_state(state, oracle_, state_.chains());
    state_ = state;
  }
  [[nodiscard]] std::uint64_t oracle_queries() const override {
    return expansions_ * alphabet(oracle_);
  }
  [[nodiscard]] std::string device() const override {
    return "cpu, " + std::to_string(threads_) + (threads_ == 1 ? " thread, " : " threads, ") +
           to_string(simd_);
  }

 private:
  template <class View>
  void advance_view(const View& view, const kernels::RunLimits& limits,
                    std::span<std::uint32_t> records, const std::atomic<bool>& stop) {
    const std::uint64_t chains = state_.chains();
    const std::uint64_t threads = std::min<std::uint64_t>(threads_, chains);
    // Small blocks, so that no thread waits long for the last.
    const std::uint64_t block = std::clamp<std::uint64_t>(chains / (threads * 64), 1, 64);
    ChainQueue queue(chains, block, stop);
    std::atomic<std::uint64_t> expansions{0};
    parallel_blocks(threads, 1, static_cast<unsigned>(threads), [&](std::uint64_t, std::uint64_t) {
      std::vector<std::uint32_t> paths(static_cast<std::size_t>(view.path_words()) * kMaxLanes);
      const CpuJob job{arrays_of(state_),
                       limits,
                       records.data(),
                       paths.data(),
                       table_bytes(oracle_) > kCachedBytes,
                       (chains + threads - 1) / threads,
                       &queue,
                       ChainQueue::next,
                       ChainQueue::stopped,
                       alignment<View>(walk_)};
      expansions += advance_job(view, job);
    });
    expansions_ += expansions;
  }

  template <class View>
  std::uint64_t advance_job(const View& view, const CpuJob& job) {
#if WEND_X86
    if (simd_ == Simd::kAvx512) return advance_avx512(view, walk_, job);
    if (simd_ == Simd::kAvx2) return advance_avx2(view, walk_, job);
#endif
    return advance_scalar(view, walk_, job);
  }

  const Oracle& oracle_;
  const kernels::Walk walk_;
  ChainState state_;
  const unsigned threads_;
  const Simd simd_;
  std::uint64_t expansions_ = 0;
};

}  // namespace

ChainState chains_at_root(const Oracle& oracle, std::uint64_t chains, std::uint32_t first_visits) {
  ChainState state;
  state.path_words = path_words(oracle);
  state.depth.assign(chains, 0);
  state.arrived_up.assign(chains, 0);
  state.countdown.assign(chains, first_visits);
  state.steps.assign(chains, 0);
  state.moves_up.assign(chains, 0);
  state.expansions.assign(chains, 1);
  state.leaf_visits.assign(chains, 0);
  state.samples.assign(chains, 0);
  state.path.assign(chains * state.path_words, 0);
  const bool tree = std::holds_alternative<TreeOracle>(oracle);
  state.node.assign(chains, tree ? kernels::TreeView<kernels::AliasRows>::kRoot : 0);
  return state;
}

std::unique_ptr<Engine> make_cpu_engine(const Oracle& oracle, kernels::Walk walk, ChainState chains,
                                        unsigned threads, Simd simd) {
  return std::make_unique<CpuEngine>(oracle, walk, std::move(chains), threads, simd);
}

}  // namespace wend
