#include "host/engines/cpu/tours.hpp"

#include <algorithm>
#include <type_traits>
#include <variant>

#include "host/base/parallel.hpp"
#include "host/engines/cpu/describe.hpp"
#include "host/engines/cpu/prefix_view.hpp"
#include "host/engines/cpu/table_view.hpp"
#include "host/engines/engine.hpp"

namespace wend {
namespace {

constexpr std::uint64_t kSliceSteps = std::uint64_t{1} << 16U;  // between two looks at `stop`

}  // namespace

CpuTourEngine::CpuTourEngine(const Oracle& oracle, kernels::Walk walk, std::uint64_t chains,
                             std::uint64_t seed, std::uint32_t purpose, unsigned threads)
    : oracle_(oracle),
      walk_(walk),
      seed_(seed),
      purpose_(purpose),
      threads_(threads),
      state_(chains_at_root(oracle, chains, 1)),
      tours_(chains),
      found_(chains),
      expansions_(chains) {  // the roots'
  refuse_models(oracle_);
  if (const auto* prefixes = std::get_if<PrefixOracle>(&oracle_)) check_walk(*prefixes, walk_);
}

void CpuTourEngine::advance(const TourRequest& request, const std::atomic<bool>& stop) {
  if (const auto* prefixes = std::get_if<PrefixOracle>(&oracle_)) {
    std::visit(
        [&](const auto& members) {
          const auto view = view_of(members);
          using Rows = PrefixRows<std::remove_const_t<decltype(view)>>;
          share_chains(request, stop, [&](const auto& use) {
            Rows rows(view, prefixes->truth, prefixes->noise, walk_);
            use(PrefixView<std::remove_const_t<decltype(view)>>{&rows, prefixes->horizon});
          });
        },
        *prefixes->members);
  } else {
    visit_table_view(oracle_, [&](const auto& view) {
      share_chains(request, stop, [&](const auto& use) { use(view); });
    });
  }
}

// Calls make_view(use) on every thread, which calls use(view) with a view of the thread's own.
template <class MakeView>
void CpuTourEngine::share_chains(const TourRequest& request, const std::atomic<bool>& stop,
                                 const MakeView& make_view) {
  const std::uint64_t chains = state_.chains();
  const auto threads = std::min<std::uint64_t>(resolve_threads(threads_), chains);
  std::atomic<std::uint64_t> next{0};
  std::atomic<std::uint64_t> expansions{0};
  parallel_blocks(threads, 1, static_cast<unsigned>(threads), [&](std::uint64_t, std::uint64_t) {
    make_view([&](const auto& view) {
      std::uint64_t asked = 0;
      for (std::uint64_t chain = next++; chain < chains; chain = next++) {
        const kernels::TourLimits limits = tour_limits(request, tours_[chain], seed_, purpose_);
        asked += advance_chain(view, chain, limits, request.records, stop);
      }
      expansions += asked;
    });
  });
  expansions_ += expansions;
}

template <class View>
std::uint64_t CpuTourEngine::advance_chain(const View& view, std::uint64_t chain,
                                           const kernels::TourLimits& limits, bool records,
                                           const std::atomic<bool>& stop) {
  const kernels::ChainArrays chains = arrays_of(state_);
  kernels::TourState tour = tours_[chain];  // a copy of the thread's own: neighbours share lines
  ChainTours& found = found_[chain];
  const std::uint64_t words = records ? view.record_words() : 0;
  std::uint64_t asked = 0;
  std::uint64_t tours = 0;
  std::uint64_t leaves = 0;
  const bool gave_up = tour.depth != 0;
  kernels::visit_walk(walk_, [&]<kernels::Walk kWalk>() {
    while (!gave_up && !kernels::tours_done(chains, chain, limits, tour) && !stop) {
      kernels::TourRoom room = make_room(found, tours, leaves, words);
      const std::uint64_t visits_before = chains.leaf_visits[chain];
      asked += kernels::advance_tours<kWalk>(view, chains, chain, limits, kSliceSteps, tour, room);
      tours = found.visits.size() - room.tours;
      if (records) leaves += chains.leaf_visits[chain] - visits_before;
    }
  });
  tours_[chain] = tour;
  trim(found, tours, leaves, words, tour);
  return asked;
}

std::uint64_t CpuTourEngine::oracle_queries() const { return expansions_ * alphabet(oracle_); }

Device CpuTourEngine::device() const {
  return describe_cpu(resolve_threads(threads_), Simd::kScalar);
}

}  // namespace wend
