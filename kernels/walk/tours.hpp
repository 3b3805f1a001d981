#pragma once

#include <cstdint>

#include "kernels/lanes/scalar.hpp"
#include "kernels/random/philox.hpp"
#include "kernels/walk/chain_arrays.hpp"
#include "kernels/walk/concepts.hpp"
#include "kernels/walk/walk.hpp"

// Tours: a walk that is back at the root has forgotten all that it did, so that what it does from
// root to root is independent, and of one law. A tour of the sequential walk is one proposal.
namespace wend::kernels {

/// Where a chain is in its tours, beside what ChainArrays hold of it.
struct TourState {
  std::uint64_t tours = 0;   ///< finished
  std::uint32_t visits = 0;  ///< leaf visits of the tour under way
  std::uint32_t depth = 0;   ///< 0: between two tours
};

/// How far a chain goes. It begins a tour only while it has finished fewer than `tour_goal` and
/// asked for fewer than `expansion_goal` expansions. It gives up at its first block of four draws
/// from number `step_limit` / 4 (rounded up) on, in the middle of a tour if need be.
struct TourLimits {
  std::uint64_t seed;
  std::uint64_t first_chain;  ///< the number, in the random streams, of chain 0
  std::uint32_t purpose;      ///< which of the seed's streams: see philox.hpp
  std::uint64_t tour_goal;
  std::uint64_t expansion_goal;
  std::uint64_t step_limit;
};

/// Room for what a chain has found, which it uses up from the front.
struct TourRoom {
  std::uint32_t* visits;    ///< leaf visits of each tour that ends
  std::uint64_t tours;      ///< that there is room for
  std::uint32_t* records;   ///< view.record_words() words of each leaf visit; null: not kept
  std::uint64_t leaf_room;  ///< leaf visits that there is room for, where they are kept
};

/// True if no more is to come of the chain.
WEND_HD bool tours_done(const ChainArrays& chains, std::uint64_t chain, const TourLimits& limits,
                        const TourState& tour) {
  const std::uint64_t step = chains.steps[chain];
  if ((step & 3U) == 0 && step >= limits.step_limit) return true;
  return tour.depth == 0 &&
         (tour.tours >= limits.tour_goal || chains.expansions[chain] >= limits.expansion_goal);
}

/// What changes at every step of a tour, in a thread's registers.
template <Walk kWalk, SomeView View>
struct Tourist {
  const View& oracle;
  typename View::template Cursor<ScalarLanes> cursor;
  TourState tour;
  TourRoom room;
  std::uint64_t tour_goal;
  std::uint64_t expansion_goal;  ///< expansions of this leg from which on no tour begins
  std::uint64_t moves_up = 0;
  std::uint64_t expansions = 0;
  std::uint64_t leaf_visits = 0;

  /// Takes one step; true if the chain must rest after it.
  WEND_HD bool step(std::uint32_t draw) {
    const Move<ScalarLanes> move = oracle.template step<kWalk, ScalarLanes>(cursor, draw);
    moves_up += move.up ? 1U : 0U;
    expansions += move.expanded ? 1U : 0U;
    bool rest = false;
    if (move.leaf) rest = visit();
    if constexpr (restarts(kWalk)) {
      tour.depth = move.expanded ? tour.depth + 1U : 0U;
    } else {
      tour.depth += move.up ? ~0U : 1U;
    }
    if (tour.depth == 0) rest = finish() || rest;
    return rest;
  }

 private:
  WEND_HD bool visit() {
    ++leaf_visits;
    ++tour.visits;
    if (room.records == nullptr) return false;
    oracle.record(cursor, room.records);
    room.records += oracle.record_words();
    return --room.leaf_room == 0;
  }

  WEND_HD bool finish() {
    *room.visits++ = tour.visits;
    tour.visits = 0;
    ++tour.tours;
    return --room.tours == 0 || tour.tours >= tour_goal || expansions >= expansion_goal;
  }
};

/// Takes one chain on through its tours until it is done (tours_done), has used up its room or, at
/// a block of four draws, `step_budget` steps. All room must be positive, and the chain not done.
/// `tour` and `room` are moved on. Returns the expansions meanwhile. What tours the chain makes
/// depends on the oracle, the walk, the seed, the purpose and its number alone; where it rests, on
/// the limits.
template <Walk kWalk, SomeView View>
WEND_HD std::uint64_t advance_tours(const View& oracle, const ChainArrays& chains,
                                    std::uint64_t chain, const TourLimits& limits,
                                    std::uint64_t step_budget, TourState& tour, TourRoom& room) {
  const std::uint64_t asked = chains.expansions[chain];
  // A tour under way goes on whatever was asked.
  const std::uint64_t left = limits.expansion_goal > asked ? limits.expansion_goal - asked : 0;
  Tourist<kWalk, View> tourist{oracle, oracle.load(chains, chain), tour,
                               room,   limits.tour_goal,           left};

  const std::uint64_t stream = limits.first_chain + chain;
  const std::uint64_t first_step = chains.steps[chain];
  std::uint64_t step = first_step;
  bool rest = false;
  if ((step & 3U) != 0) {  // the rest of a block that an earlier call has begun
    const DrawBlock draws = draw_block(limits.seed, limits.purpose, stream, step >> 2U);
    while ((step & 3U) != 0 && !rest) {
      // Selected, not indexed: an index would put the draws in memory.
      const std::uint32_t word = step & 3U;
      const std::uint32_t draw =
          word == 1 ? draws.word[1] : (word == 2 ? draws.word[2] : draws.word[3]);
      ++step;
      rest = tourist.step(draw);
    }
  }
  if (!rest) {
    std::uint64_t block = step >> 2U;
    std::uint32_t word = 0;
    const std::uint64_t last =
        (limits.step_limit >> 2U) + ((limits.step_limit & 3U) != 0 ? 1U : 0U);
    const std::uint64_t due = (first_step + step_budget + 3U) >> 2U;
    for (const std::uint64_t end = due < last ? due : last; block < end; ++block) {
      const DrawBlock draws = draw_block(limits.seed, limits.purpose, stream, block);
      word = 1;
      if (tourist.step(draws.word[0])) break;
      word = 2;
      if (tourist.step(draws.word[1])) break;
      word = 3;
      if (tourist.step(draws.word[2])) break;
      word = 4;
      if (tourist.step(draws.word[3])) break;
      word = 0;
    }
    step = (block << 2U) + word;
  }

  oracle.store(tourist.cursor, chains, chain);
  chains.steps[chain] = step;
  chains.moves_up[chain] += tourist.moves_up;
  chains.expansions[chain] += tourist.expansions;
  chains.leaf_visits[chain] += tourist.leaf_visits;
  chains.samples[chain] = chains.leaf_visits[chain];  // every visit is one, as with thin = 1
  tour = tourist.tour;
  room = tourist.room;
  return tourist.expansions;
}

}  // namespace wend::kernels
