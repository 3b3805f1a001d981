#pragma once

#include <cstdint>
#include <type_traits>

#include "host/engines/cpu/job.hpp"
#include "host/engines/cpu/lane_paths.hpp"
#include "kernels/lanes/scalar.hpp"
#include "kernels/views/lane_cursor.hpp"
#include "kernels/walk/chain_arrays.hpp"
#include "kernels/walk/walk.hpp"

namespace wend {

/// Steps a thread's chains together: `kVectors` vectors of Lanes::kWidth chains are in flight, so
/// that the table loads of one overlap the arithmetic of the others. Draws come in groups of four,
/// one Philox block a lane; a lane starts a chain at a multiple of four steps.
///
/// A lane whose chain has its samples is saved at that very step. It walks on, unheeded, to the end
/// of the group, where it takes the next chain.
template <class Lanes, class Draws, class View, kernels::Walk kWalk, std::uint32_t kVectors>
class LaneDriver {
 public:
  LaneDriver(const View& view, const CpuJob& job)
      : view_(view), job_(job), keys_(Draws::make_keys(job.limits.seed)) {}

  /// Returns the expansions of all lanes.
  std::uint64_t run() {
    start();
    while (vectors_ > 0 && !job_.stopped(job_.source)) {
      for (int group = 0; group < kGroupsPerPoll && vectors_ > 0; ++group) {
        step_group();
        if (retired_) refill_all();
      }
      for (std::uint32_t v = 0; v < vectors_; ++v) flush(lanes_[v]);
    }
    for (std::uint32_t v = 0; v < vectors_; ++v) {
      settle(lanes_[v]);
      for (std::uint32_t lane = 0; lane < kWidth; ++lane)
        if ((lanes_[v].active >> lane & 1U) != 0) retire(lanes_[v], lane, 0);
    }
    return expansions_;
  }

 private:
  using U32 = typename Lanes::U32;
  static constexpr std::uint32_t kWidth = Lanes::kWidth;
  static constexpr int kGroupsPerPoll = 4096;
  static constexpr bool kEntryNeedsDraw = [] {
    if constexpr (kWidth > 1) return decltype(View::rows)::kEntryNeedsDraw;
    return false;
  }();
  static constexpr bool kHasPath = [] {
    if constexpr (kWidth > 1) return View::kHasPath;
    return false;
  }();
  /// The view finds out in a load of its own where a law is, just before the step.
  static constexpr bool kSearches = [] {
    if constexpr (kWidth > 1) return View::kSearches;
    return false;
  }();
  static constexpr std::uint32_t kIdleCountdown = 1U << 31U;
  static_assert(kVectors * kWidth <= kMaxLanes);

  /// One vector of chains. Counters of 32 bits are flushed to those of 64 at every poll.
  struct Vector {
    typename View::template Cursor<Lanes> cursor;
    U32 countdown;
    U32 moves_up;
    Draws draws;
    /// The table entries that the next step reads. In memory, written long before they are used,
    /// since scalar loads of them beat the gather instruction.
    alignas(64) std::uint32_t entries[kWidth];
    std::conditional_t<kHasPath, LanePaths<Lanes, View>, NoLanePaths> paths;
    std::uint32_t active;  ///< bit l: lane l has a chain
    std::uint64_t chain[kWidth];
    std::uint64_t first_step[kWidth];
    std::uint64_t ups[kWidth];             ///< flushed part of moves_up
    std::uint64_t visits[kWidth];          ///< leaf visits up to the last sample
    std::uint32_t from_countdown[kWidth];  ///< countdown just after the last sample
    std::uint64_t samples[kWidth];
    std::uint64_t goal[kWidth];
  };

  void start() {
    std::uint64_t room = job_.lane_limit;
    for (std::uint32_t v = 0; v < kVectors && room > 0; ++v) {
      Vector& vector = lanes_[vectors_];
      vector = Vector();
      vector.countdown = Lanes::splat(kIdleCountdown);
      if constexpr (kWidth > 1)
        kernels::set_paths<Lanes>(
            view_, vector.cursor,
            job_.paths + static_cast<std::uint64_t>(v) * kWidth * view_.path_words());
      for (std::uint32_t lane = 0; lane < kWidth && room > 0; ++lane, --room)
        if (!refill(vector, lane)) room = 1;
      if (vector.active != 0) ++vectors_;
    }
  }

  void step_group() {
    const View view = view_;
    const std::uint32_t vectors = vectors_;
    const bool prefetch = job_.prefetch;
    std::uint64_t expanded = 0;
    U32 words[kVectors][4];
    std::uint32_t drawn = 0;
    if constexpr (kWidth == 16)
      for (; drawn + 1 < vectors; drawn += 2)
        Draws::template draw<2>(keys_, {&lanes_[drawn].draws, &lanes_[drawn + 1].draws},
                                words + drawn);
    for (; drawn < vectors; ++drawn)
      Draws::template draw<1>(keys_, {&lanes_[drawn].draws}, words + drawn);
    if constexpr (kWidth > 1 && !kSearches)
      if (kEntryNeedsDraw || refilled_)
        for (std::uint32_t v = 0; v < vectors; ++v) locate(view, lanes_[v], words[v][0]);
    refilled_ = false;
    for (std::uint32_t s = 0; s < 4; ++s) {
      // After the last draw of a group `next` is right only where the draw does not matter.
      const std::uint32_t next = (s + 1) % 4;
      if constexpr (kSearches) {
        search(view);
        for (std::uint32_t v = 0; v < vectors; ++v) locate(view, lanes_[v], words[v][s]);
        for (std::uint32_t v = 0; v < vectors; ++v)
          view.template depart<kWalk, Lanes>(lanes_[v].cursor,
                                             decide(view, lanes_[v], words[v][s]));
      }
      if constexpr (kHasPath)
        for (std::uint32_t v = 0; v < vectors; ++v)
          lanes_[v].paths.template depart<kWalk>(view, lanes_[v].cursor,
                                                 decide(view, lanes_[v], words[v][s]));
      for (std::uint32_t v = 0; v < vectors; ++v) {
        Vector& vector = lanes_[v];
        if constexpr (kWidth > 1 && !kSearches)
          if (prefetch) fetch_ahead(view, lanes_[(v == 0 ? vectors : v) - 1]);
        // A scalar cursor works on its chain's own path, which a retired lane must leave alone.
        if (kWidth == 1 && vector.active == 0) continue;
        const kernels::Move<Lanes> move = step(view, vector, words[v][s]);
        if constexpr (kWidth > 1 && !kSearches) locate(view, vector, words[v][next]);
        expanded += count(vector, move, s);
      }
    }
    expansions_ += expanded;
  }

  /// Writes down where the next step of a vector, with this draw, finds its laws.
  static void locate(const View& view, Vector& vector, U32 draw) {
    store_lanes(vector.entries, view.rows.template entry<Lanes>(
                                    view.template row<kWalk, Lanes>(vector.cursor), draw));
    if constexpr (kHasPath) vector.paths.place(vector.cursor);
  }

  /// Asks for the entries that the next step of a vector, located before, reads. Far from free:
  /// sixteen more loads a step.
  static void fetch_ahead(const View& view, const Vector& vector) {
    for (std::uint32_t lane = 0; lane < kWidth; ++lane)
      kernels::prefetch(view.rows.words + 2 * static_cast<std::uint64_t>(vector.entries[lane]));
  }

  /// Finds what decides on the laws of all lanes. The few searches wait until all have begun, so
  /// that no vector waits for them.
  void search(const View& view) {
    std::uint32_t due[(2 * kVectors + 1) * kWidth];
    std::uint32_t count = 0;
    for (std::uint32_t v = 0; v < vectors_; ++v)
      count += view.template find<Lanes>(lanes_[v].cursor, v, due + count);
    for (std::uint32_t i = 0; i < count; ++i)
      view.template prefetch_steps<Lanes>(lanes_[due[i] / (2 * kWidth)].cursor,
                                          due[i] % (2 * kWidth));
    for (std::uint32_t i = 0; i < count; ++i)
      view.template search_steps<Lanes>(lanes_[due[i] / (2 * kWidth)].cursor,
                                        due[i] % (2 * kWidth));
  }

  static kernels::Outcome<Lanes> decide(const View& view, const Vector& vector, U32 draw) {
    U32 entry[decltype(view.rows)::kWords];
    gather_entries(view.rows.words, vector.entries, entry);
    return view.rows.template decide<Lanes>(entry, draw);
  }

  static void settle(const Vector& vector) {
    if constexpr (kHasPath) vector.paths.settle(vector.cursor);
  }

  static WEND_HD kernels::Move<Lanes> step(const View& view, Vector& vector, U32 draw) {
    if constexpr (kWidth == 1) {
      return view.template step<kWalk, Lanes>(vector.cursor, draw);
    } else if constexpr (kHasPath) {
      return vector.paths.template arrive<kWalk>(view, vector.cursor);
    } else if constexpr (kSearches) {
      return view.template arrive<kWalk, Lanes>(vector.cursor);
    } else {
      return view.template follow<kWalk, Lanes>(vector.cursor, decide(view, vector, draw));
    }
  }

  /// Counts what a step did and takes the samples that are due. Returns the expansions, counted
  /// apart from the chains' own counters, in integer registers, which have time to spare.
  std::uint64_t count(Vector& vector, const kernels::Move<Lanes>& move, std::uint32_t s) {
    using kernels::add_mask, kernels::subtract_mask, kernels::zero_where;
    vector.moves_up = add_mask(vector.moves_up, move.up);
    vector.countdown = subtract_mask(vector.countdown, move.leaf);
    const auto expanded = static_cast<std::uint64_t>(
        __builtin_popcount(~(Lanes::bits(move.up) | Lanes::bits(move.leaf)) & vector.active));
    // A lane without a chain is never due: see flush().
    const auto due = zero_where(move.leaf, vector.countdown);
    if (__builtin_expect(Lanes::any(due), 0)) take_samples(vector, Lanes::bits(due), s);
    return expanded;
  }

  __attribute__((noinline)) void take_samples(Vector& vector, std::uint32_t sampled,
                                              std::uint32_t s) {
    const kernels::RunLimits& limits = job_.limits;
    const std::uint32_t record_words = view_.record_words();
    settle(vector);
    for (; sampled != 0; sampled &= sampled - 1) {
      const auto lane = static_cast<std::uint32_t>(__builtin_ctz(sampled));
      const std::uint64_t slot =
          vector.chain[lane] * limits.round_size + vector.samples[lane] - limits.round_begin;
      view_.record(kernels::lane_cursor<Lanes>(view_, vector.cursor, lane),
                   job_.records + slot * record_words);
      vector.visits[lane] += vector.from_countdown[lane];
      vector.from_countdown[lane] = limits.thin;
      Lanes::set(vector.countdown, lane, limits.thin);
      if (++vector.samples[lane] == vector.goal[lane]) {
        // The block counter already stands at the next group.
        retire(vector, lane, 3 - s);
        vector.active &= ~(1U << lane);
        Lanes::set(vector.countdown, lane, kIdleCountdown);
        retired_ = true;
      }
    }
  }

  /// Writes a lane back to its chain, whose step is `ahead` steps before the lane's block counter.
  void retire(Vector& vector, std::uint32_t lane, std::uint32_t ahead) {
    const kernels::ChainArrays& chains = job_.chains;
    const std::uint64_t chain = vector.chain[lane];
    const std::uint64_t step = 4 * vector.draws.block(lane) - ahead;
    const std::uint64_t steps = step - vector.first_step[lane];
    const std::uint64_t ups = vector.ups[lane] + Lanes::get(vector.moves_up, lane);
    const std::uint32_t countdown = Lanes::get(vector.countdown, lane);
    const std::uint64_t visits = vector.visits[lane] + (vector.from_countdown[lane] - countdown);
    kernels::store_lane<Lanes>(view_, vector.cursor, lane, chains, chain);
    chains.countdown[chain] = countdown;
    chains.steps[chain] = step;
    chains.moves_up[chain] += ups;
    chains.leaf_visits[chain] += visits;
    chains.expansions[chain] += steps - ups - visits;  // the third thing that a step can be
    chains.samples[chain] = vector.samples[lane];
  }

  void flush(Vector& vector) {
    for (std::uint32_t lane = 0; lane < kWidth; ++lane)
      vector.ups[lane] += Lanes::get(vector.moves_up, lane);
    vector.moves_up = Lanes::splat(0);
    // Far from 0, which a lane without a chain then does not reach before the next flush.
    for (std::uint32_t lane = 0; lane < kWidth; ++lane)
      if ((vector.active >> lane & 1U) == 0) Lanes::set(vector.countdown, lane, kIdleCountdown);
  }

  void refill_all() {
    retired_ = false;
    refilled_ = true;
    constexpr std::uint32_t kAll = (1U << kWidth) - 1;
    for (std::uint32_t v = 0; v < vectors_; ++v)
      for (std::uint32_t free = ~lanes_[v].active & kAll; free != 0; free &= free - 1)
        if (!refill(lanes_[v], static_cast<std::uint32_t>(__builtin_ctz(free)))) break;
    for (std::uint32_t v = vectors_; v-- > 0;)
      if (lanes_[v].active == 0 && --vectors_ != v) lanes_[v] = lanes_[vectors_];
  }

  /// Gives a lane the next chain that still owes samples; false if there is none.
  bool refill(Vector& vector, std::uint32_t lane) {
    const kernels::ChainArrays& chains = job_.chains;
    for (;;) {
      if (block_.begin == block_.end && !exhausted_) {
        block_ = job_.next(job_.source);
        exhausted_ = block_.begin == block_.end;
      }
      if (exhausted_) return false;
      const std::uint64_t chain = block_.begin++;
      const std::uint64_t goal = kernels::sample_goal(job_.limits, chain);
      if (chains.samples[chain] >= goal) continue;
      if (chains.steps[chain] % 4 != 0)
        expansions_ += job_.align(&view_, chains, chain, job_.limits, job_.records);
      if (chains.samples[chain] >= goal) continue;

      kernels::load_lane<Lanes>(view_, vector.cursor, lane, chains, chain);
      if constexpr (kHasPath) vector.paths.place(vector.cursor, lane);
      vector.draws.set(lane, job_.limits.purpose, job_.limits.first_chain + chain,
                       chains.steps[chain] / 4);
      Lanes::set(vector.countdown, lane, chains.countdown[chain]);
      Lanes::set(vector.moves_up, lane, 0);
      vector.chain[lane] = chain;
      vector.first_step[lane] = chains.steps[chain];
      vector.ups[lane] = 0;
      vector.visits[lane] = 0;
      vector.from_countdown[lane] = chains.countdown[chain];
      vector.samples[lane] = chains.samples[chain];
      vector.goal[lane] = goal;
      vector.active |= 1U << lane;
      return true;
    }
  }

  const View view_;
  const CpuJob& job_;
  const typename Draws::Keys keys_;
  Vector lanes_[kVectors];
  std::uint32_t vectors_ = 0;
  ChainBlock block_ = {0, 0};
  bool exhausted_ = false;
  bool retired_ = false;  ///< a lane has lost its chain
  bool refilled_ = true;  ///< a lane has got one, whose first table entry is not located yet
  std::uint64_t expansions_ = 0;
};

}  // namespace wend
