#include "host/engines/engine.hpp"

#include <algorithm>
#include <atomic>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "host/base/parallel.hpp"
#include "host/engines/cpu/describe.hpp"
#include "host/engines/cpu/job.hpp"
#include "host/engines/cpu/portable.hpp"
#include "host/engines/cpu/prefix_view.hpp"
#include "host/engines/cpu/table_view.hpp"
#include "kernels/walk/advance.hpp"
#include "wend/error.hpp"

namespace wend {

namespace {

/// Tables beyond this are fetched ahead: about what the caches keep of a table.
constexpr std::uint64_t kCachedBytes = std::uint64_t{6} << 20U;

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
        threads_(resolve_threads(threads)),
        simd_(std::holds_alternative<PrefixOracle>(oracle) ? Simd::kScalar : resolve(simd)) {
    refuse_models(oracle_);
    if (const auto* prefixes = std::get_if<PrefixOracle>(&oracle_)) check_walk(*prefixes, walk_);
    check_state(state_, oracle_, state_.chains());
    // The roots of new chains were expanded when the chains were made.
    for (const std::uint64_t steps : state_.steps) expansions_ += steps == 0 ? 1 : 0;
  }

  void advance(const kernels::RunLimits& limits, std::span<std::uint32_t> records,
               const std::atomic<bool>& stop) override {
    if (const auto* prefixes = std::get_if<PrefixOracle>(&oracle_)) {
      std::visit(
          [&](const auto& members) { advance_prefixes(*prefixes, members, limits, records, stop); },
          *prefixes->members);
    } else {
      visit_table_view(oracle_,
                       [&](const auto& view) { advance_view(view, limits, records, stop); });
    }
  }

  ChainState save() override { return state_; }
  std::vector<std::uint64_t> samples() override { return state_.samples; }
  void restore(const ChainState& state) override {
    check_state(state, oracle_, state_.chains());
    state_ = state;
  }
  [[nodiscard]] std::uint64_t oracle_queries() const override {
    return expansions_ * alphabet(oracle_);
  }
  [[nodiscard]] Device device() const override { return describe_cpu(threads_, simd_); }

 private:
  template <class View>
  void advance_view(const View& view, const kernels::RunLimits& limits,
                    std::span<std::uint32_t> records, const std::atomic<bool>& stop) {
    share_chains(limits, records, stop, [&](CpuJob& job) {
      std::vector<std::uint32_t> paths(std::size_t{view.path_words() | 1U} * kMaxLanes);
      job.paths = paths.data();
      job.align = alignment<View>(walk_);
      return advance_job(view, job);
    });
  }

  template <class Members>
  void advance_prefixes(const PrefixOracle& oracle, const Members& members,
                        const kernels::RunLimits& limits, std::span<std::uint32_t> records,
                        const std::atomic<bool>& stop) {
    const auto view = view_of(members);
    using MembersView = std::remove_const_t<decltype(view)>;
    share_chains(limits, records, stop, [&](CpuJob& job) {
      PrefixRows<MembersView> rows(view, oracle.truth, oracle.noise, walk_);
      return advance_portable(PrefixView<MembersView>{&rows, oracle.horizon}, walk_, job);
    });
  }

  /// Calls work(job) on every thread; it returns the expansions of the chains that it took.
  template <class Work>
  void share_chains(const kernels::RunLimits& limits, std::span<std::uint32_t> records,
                    const std::atomic<bool>& stop, const Work& work) {
    const std::uint64_t chains = state_.chains();
    const std::uint64_t threads = std::min<std::uint64_t>(threads_, chains);
    // Small blocks, so that no thread waits long for the last.
    const std::uint64_t block = std::clamp<std::uint64_t>(chains / (threads * 64), 1, 64);
    ChainQueue queue(chains, block, stop);
    std::atomic<std::uint64_t> expansions{0};
    parallel_blocks(threads, 1, static_cast<unsigned>(threads), [&](std::uint64_t, std::uint64_t) {
      CpuJob job{arrays_of(state_),
                 limits,
                 records.data(),
                 nullptr,
                 table_bytes(oracle_) > kCachedBytes,
                 (chains + threads - 1) / threads,
                 &queue,
                 ChainQueue::next,
                 ChainQueue::stopped,
                 nullptr};
      expansions += work(job);
    });
    expansions_ += expansions;
  }

  template <class View>
  std::uint64_t advance_job(const View& view, const CpuJob& job) {
    return visit_lanes(
        simd_, [&]<Simd kSimd>() { return advance_lanes<kSimd>(view, walk_, job); },
        [&] { return advance_portable(view, walk_, job); });
  }

  const Oracle& oracle_;
  const kernels::Walk walk_;
  ChainState state_;
  const unsigned threads_;
  const Simd simd_;
  std::uint64_t expansions_ = 0;
};

}  // namespace

std::unique_ptr<Engine> make_cpu_engine(const Oracle& oracle, kernels::Walk walk, ChainState chains,
                                        unsigned threads, Simd simd) {
  return std::make_unique<CpuEngine>(oracle, walk, std::move(chains), threads, simd);
}

}  // namespace wend
