#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "host/engines/tours.hpp"
#include "kernels/lockstep/keepers.hpp"
#include "kernels/lockstep/walk.hpp"
#include "kernels/walk/chain_arrays.hpp"

// What the chains of a lockstep engine are taken on for, in the host's memory. take(chains, chain,
// walk_with) calls walk_with(draws, keeper) with the chain's own; end() comes last, once.
namespace wend {

/// Samples of a round, into `records`.
class SampleRound {
 public:
  SampleRound() = default;
  SampleRound(const kernels::RunLimits& limits, std::uint32_t record_words,
              std::span<std::uint32_t> records)
      : limits_(limits), record_words_(record_words), records_(records) {}

  template <class WalkWith>
  void take(const kernels::ChainArrays& chains, std::uint64_t chain, const WalkWith& walk_with) {
    kernels::SampleKeeper keeper = keeper_of(chains, chain);
    walk_with(kernels::ChainDraws(limits_.seed, limits_.purpose, limits_.first_chain + chain),
              keeper);
  }
  void end() {}
  [[nodiscard]] const kernels::RunLimits& limits() const { return limits_; }
  [[nodiscard]] std::uint32_t record_words() const { return record_words_; }
  [[nodiscard]] std::uint32_t* records() const { return records_.data(); }
  [[nodiscard]] kernels::SampleKeeper keeper_of(const kernels::ChainArrays& chains,
                                                std::uint64_t chain) const {
    return {chains, chain, limits_, record_words_, records_.data()};
  }

 private:
  kernels::RunLimits limits_{};
  std::uint32_t record_words_ = 0;
  std::span<std::uint32_t> records_;
};

/// What chains that make tours are asked for, and where they are in theirs: an element a chain.
struct TourTask {
  TourRequest request;
  std::uint64_t seed;
  std::uint32_t purpose;
  std::span<kernels::TourState> tours;
  std::span<ChainTours> found;
};

/// Tours of a round.
class TourRound {
 public:
  TourRound(const TourTask& task, std::uint32_t record_words)
      : task_(task),
        record_words_(record_words),
        kept_words_(task.request.records ? record_words : 0),
        counts_(task.tours.size()) {
    for (const kernels::TourState& tour : task.tours) {
      limits_.push_back(tour_limits(task.request, tour, task.seed, task.purpose));
      if (tour.depth != 0) limits_.back().step_limit = 0;  // it has given up
    }
  }

  template <class WalkWith>
  void take(const kernels::ChainArrays& chains, std::uint64_t chain, const WalkWith& walk_with) {
    kernels::TourState tour = task_.tours[chain];  // a copy of the thread's own
    Counts& counts = counts_[chain];
    ChainTours& found = task_.found[chain];
    kernels::TourRoom room = make_room(found, counts.tours, counts.leaves, kept_words_);
    const std::uint64_t visits_before = chains.leaf_visits[chain];
    kernels::TourKeeper keeper(chains, chain, limits_[chain], record_words_, tour, room);
    walk_with(kernels::ChainDraws(task_.seed, task_.purpose, chain), keeper);
    counts.tours = found.visits.size() - room.tours;
    if (kept_words_ != 0) counts.leaves += chains.leaf_visits[chain] - visits_before;
    task_.tours[chain] = tour;
  }
  void end() {
    for (std::uint64_t chain = 0; chain < counts_.size(); ++chain)
      trim(task_.found[chain], counts_[chain].tours, counts_[chain].leaves, kept_words_,
           task_.tours[chain]);
  }

 private:
  struct Counts {
    std::uint64_t tours = 0;
    std::uint64_t leaves = 0;
  };

  TourTask task_;
  std::uint32_t record_words_;
  std::uint64_t kept_words_;  // of a leaf; 0: leaves are not kept
  std::vector<kernels::TourLimits> limits_;
  std::vector<Counts> counts_;
};

}  // namespace wend
