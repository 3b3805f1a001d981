#pragma once

#include <cstdint>

#include "kernels/platform.hpp"
#include "kernels/walk/chain_arrays.hpp"
#include "kernels/walk/tours.hpp"

// How far a lockstep chain goes, and what it keeps of the leaves that it visits (walk_on):
//   done(step)  whether it has come to its end, before it takes step number `step`
//   full()      whether there is no room for what the next step may find
//   leave(d)    it goes down from depth d
//   visit()     it visits a leaf; where that one's record goes, or null
//   root()      it is back at the root, or its proposal has ended
//   store()     it rests
namespace wend::kernels {

/// Keeps samples: every limits.thin-th visit, until those of the round are drawn or the chain is
/// out of queries. Records lie as advance_chain's do.
class SampleKeeper {
 public:
  WEND_HD SampleKeeper(const ChainArrays& chains, std::uint64_t chain, const RunLimits& limits,
                       std::uint32_t record_words, std::uint32_t* records)
      : chains_(chains),
        limits_(limits),
        chain_(chain),
        goal_(sample_goal(limits, chain)),
        samples_(chains.samples[chain]),
        record_(records +
                (chain * limits.round_size + samples_ - limits.round_begin) * record_words),
        record_words_(record_words),
        countdown_(chains.countdown[chain]) {}

  [[nodiscard]] WEND_HD bool done(std::uint64_t step) const {
    if (samples_ >= goal_) return true;
    if ((step & 3U) != 0 || !is_limited(limits_)) return false;
    chains_.steps[chain_] = step;
    return out_of_queries(chains_, chain_, limits_);
  }
  [[nodiscard]] WEND_HD static bool full() { return false; }
  WEND_HD static void leave(std::uint32_t /*depth*/) {}
  WEND_HD std::uint32_t* visit() { return --countdown_ == 0 ? sampled() : nullptr; }
  /// Of a visit that is a sample: where its record goes.
  WEND_HD std::uint32_t* sampled() {
    countdown_ = limits_.thin;
    ++samples_;
    std::uint32_t* record = record_;
    record_ += record_words_;
    return record;
  }
  WEND_HD static void root() {}
  /// Visits until the next sample, for whoever counts them itself.
  [[nodiscard]] WEND_HD std::uint32_t countdown() const { return countdown_; }
  WEND_HD void count_down_from(std::uint32_t visits) { countdown_ = visits; }
  WEND_HD void store() const {
    chains_.countdown[chain_] = countdown_;
    chains_.samples[chain_] = samples_;
  }

 private:
  const ChainArrays& chains_;
  const RunLimits& limits_;
  std::uint64_t chain_;
  std::uint64_t goal_;
  std::uint64_t samples_;
  std::uint32_t* record_;
  std::uint32_t record_words_;
  std::uint32_t countdown_;
};

/// Keeps tours, as advance_tours does: where the chain is in its own, `tour`, and the room for what
/// it finds, `room`, are moved on.
class TourKeeper {
 public:
  WEND_HD TourKeeper(const ChainArrays& chains, std::uint64_t chain, const TourLimits& limits,
                     std::uint32_t record_words, TourState& tour, TourRoom& room)
      : chains_(chains),
        limits_(limits),
        chain_(chain),
        record_words_(record_words),
        tour_(tour),
        room_(room) {}

  [[nodiscard]] WEND_HD bool done(std::uint64_t step) const {
    if ((step & 3U) == 0 && step >= limits_.step_limit) return true;
    return tour_.depth == 0 && (tour_.tours >= limits_.tour_goal ||
                                chains_.expansions[chain_] >= limits_.expansion_goal);
  }
  [[nodiscard]] WEND_HD bool full() const {
    return room_.tours == 0 || (room_.records != nullptr && room_.leaf_room == 0);
  }
  WEND_HD void leave(std::uint32_t depth) { tour_.depth = depth + 1; }
  WEND_HD std::uint32_t* visit() {
    ++tour_.visits;
    if (room_.records == nullptr) return nullptr;
    std::uint32_t* record = room_.records;
    room_.records += record_words_;
    --room_.leaf_room;
    return record;
  }
  WEND_HD void root() {
    *room_.visits++ = tour_.visits;
    --room_.tours;
    tour_.visits = 0;
    tour_.depth = 0;
    ++tour_.tours;
  }
  WEND_HD void store() const { chains_.samples[chain_] = chains_.leaf_visits[chain_]; }

 private:
  const ChainArrays& chains_;
  const TourLimits& limits_;
  std::uint64_t chain_;
  std::uint32_t record_words_;
  TourState& tour_;
  TourRoom& room_;
};

}  // namespace wend::kernels
