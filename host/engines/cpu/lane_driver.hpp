#pragma once

#include <cstdint>
#include <type_traits>

#include "host/engines/cpu/job.hpp"
#include "host/engines/cpu/lane_paths.hpp"
#include "kernels/lanes/scalar.hpp"
#include "kernels/random/philox_lanes.hpp"
#include "kernels/views/lane_cursor.hpp"
#include "kernels/walk/chain_arrays.hpp"
#include "kernels/walk/walk.hpp"

namespace wend {

/// Calls body.operator()<i>() for i = 0 .. kCount - 1, written out: what the calls keep in local
/// arrays can then be kept in registers.
template <std::uint32_t kCount, std::uint32_t kFirst = 0, class Body>
WEND_HD void unrolled(const Body& body) {
  if constexpr (kFirst < kCount) {
    body.template operator()<kFirst>();
    unrolled<kCount, kFirst + 1>(body);
  }
}

/// Steps a thread's chains together: up to `kVectors` vectors of Lanes::kWidth chains are in
/// flight, so that the table loads of one overlap the arithmetic of the others. Draws come in
/// groups of four, one Philox block a lane; a lane starts a chain at a multiple of four steps.
///
/// A lane whose chain has its samples is saved at that very step. It walks on, unheeded, to the end
/// of the group, where it takes the next chain. A lane whose chain is out of queries is saved
/// before the group, as kernels::out_of_queries says.
template <class Lanes, class View, kernels::Walk kWalk, std::uint32_t kVectors>
class LaneDriver {
 public:
  LaneDriver(const View& view, const CpuJob& job)
      : view_(view), job_(job), keys_(Draws::make_keys(job.limits.seed)) {}

  /// Returns the expansions of all lanes.
  std::uint64_t run() {
    start();
    while (vectors_ > 0 && !job_.stopped(job_.source)) {
      for (int group = 0; group < kGroupsPerPoll && vectors_ > 0; ++group) {
        if (groups_ >= next_look_) look_at_budgets();
        step_group();
        ++groups_;
        if (retired_) refill_all();
      }
      for (std::uint32_t v = 0; v < kVectors; ++v) flush(v);
    }
    for (std::uint32_t v = 0; v < vectors_; ++v) {
      write_back(hot_[v]);
      for (std::uint32_t lanes = books_[v].active; lanes != 0; lanes &= lanes - 1)
        retire(v, hot_[v], first_lane(lanes), 0);
    }
    return expansions_;
  }

 private:
  using U32 = typename Lanes::U32;
  using Draws = kernels::PhiloxLanes<Lanes>;
  static constexpr std::uint32_t kWidth = Lanes::kWidth;
  static constexpr int kGroupsPerPoll = 4096;
  static constexpr std::uint32_t kIdleCountdown = 1U << 31U;
  static constexpr std::uint64_t kNever = ~std::uint64_t{0};
  static constexpr bool kEntryNeedsDraw = decltype(View::rows)::kEntryNeedsDraw;
  static_assert(kVectors * kWidth <= kMaxLanes);

  /// What every step of a vector reads and writes.
  struct Hot {
    typename View::template Cursor<Lanes> cursor;
    U32 countdown;
    U32 moves_up;  ///< 32 bits, added to those of 64 at every poll
    [[no_unique_address]] std::conditional_t<View::kDriverKeepsPath, LanePaths<Lanes, View>,
                                             NoLanePaths>
        paths;
  };
  /// A step that waits for a load of its own is taken in two halves, all vectors passing the first
  /// before any passes the second.
  static constexpr bool kTwoHalves = View::kDriverKeepsPath || View::kSearches;
  /// Otherwise all that steps change can stay in registers for a whole group, where there are
  /// enough. Memory would be written and read again every step: some CPUs' guesses at which load
  /// depends on which store go wrong there (docs/performance.md).
#if defined(WEND_SANITIZED)
  // Instrumented, the written-out vectors take many minutes to compile.
  static constexpr bool kInRegisters = false;
#else
  static constexpr bool kInRegisters = !kTwoHalves && Lanes::kRegisters >= 32;
#endif

  /// What is known of a vector's chains beside.
  struct Books {
    std::uint32_t active;           ///< bit l: lane l has a chain
    std::uint64_t look;             ///< the group before which some lane may be out of queries
    std::uint64_t chain[kWidth];    ///< whose arrays say how it was when it came
    std::uint64_t goal[kWidth];     ///< in samples
    std::uint64_t left[kWidth];     ///< samples until then
    std::uint32_t* record[kWidth];  ///< of the next sample
    std::uint64_t ups[kWidth];      ///< flushed part of moves_up
    std::uint64_t spare[kWidth];    ///< expansions that the chain had left when it came
  };

  static std::uint32_t first_lane(std::uint32_t lanes) {
    return static_cast<std::uint32_t>(__builtin_ctz(lanes));
  }

  // --- a group of four steps --------------------------------------------------------------------

  void step_group() {
    if constexpr (kInRegisters) {
      // Vectors without a chain step too, from where they stood: harmless, but not for nothing.
      if (vectors_ > kVectors / 2) return step_in_registers<kVectors>();
      if (vectors_ > kVectors / 4) return step_in_registers<kVectors / 2>();
      return step_in_registers<kVectors / 4>();
    } else {
      step_in_memory();
    }
  }

  template <std::uint32_t kCount>
  void step_in_registers() {
    const View view = view_;
    const bool prefetch = job_.prefetch;
    const std::uint32_t thin = job_.limits.thin;
    Hot hot[kCount];
    U32 words[kCount][4];
    draw<kCount>(words);
    unrolled<kCount>([&]<std::uint32_t v>() __attribute__((always_inline)) {
      hot[v] = hot_[v];
      if (kEntryNeedsDraw || refilled_) locate(view, hot[v], v, words[v][0]);
    });
    refilled_ = false;
    std::uint64_t expanded = 0;
    for (std::uint32_t s = 0; s < 4; ++s) {
      // After the last draw of a group `next` is right only where the draw does not matter.
      const std::uint32_t next = (s + 1) % 4;
      unrolled<kCount>([&]<std::uint32_t v>() __attribute__((always_inline)) {
        if (prefetch) fetch_ahead(view, (v == 0 ? kCount : v) - 1);
        const kernels::Move<Lanes> move = arrive(view, hot[v], v, words[v][s]);
        locate(view, hot[v], v, words[v][next]);
        const auto due = count(hot[v], books_[v].active, move, expanded);
        if (__builtin_expect(Lanes::any(due), 0)) {
          hot[v].countdown = select(due, Lanes::splat(thin), hot[v].countdown);
          Hot copy = hot[v];  // whose address may be taken
          if (take_samples(v, copy, Lanes::bits(due), s)) hot[v] = copy;
        }
      });
    }
    unrolled<kCount>([&]<std::uint32_t v>() __attribute__((always_inline)) { hot_[v] = hot[v]; });
    expansions_ += expanded;
  }

  void step_in_memory() {
    const View view = view_;
    const std::uint32_t vectors = vectors_;
    const bool prefetch = job_.prefetch;
    const std::uint32_t thin = job_.limits.thin;
    U32 words[kVectors][4];
    draw<kVectors>(words);
    if constexpr (!View::kSearches)
      if (kEntryNeedsDraw || refilled_)
        for (std::uint32_t v = 0; v < vectors; ++v) locate(view, hot_[v], v, words[v][0]);
    refilled_ = false;
    std::uint64_t expanded = 0;
    for (std::uint32_t s = 0; s < 4; ++s) {
      const std::uint32_t next = (s + 1) % 4;
      if constexpr (View::kSearches) {
        search(view);
        for (std::uint32_t v = 0; v < vectors; ++v) locate(view, hot_[v], v, words[v][s]);
      }
      if constexpr (kTwoHalves)
        for (std::uint32_t v = 0; v < vectors; ++v)
          depart(view, hot_[v], decide(view, v, words[v][s]));
      for (std::uint32_t v = 0; v < vectors; ++v) {
        Hot& hot = hot_[v];
        if (!View::kSearches && prefetch) fetch_ahead(view, (v == 0 ? vectors : v) - 1);
        const kernels::Move<Lanes> move = arrive(view, hot, v, words[v][s]);
        if constexpr (!View::kSearches) locate(view, hot, v, words[v][next]);
        const auto due = count(hot, books_[v].active, move, expanded);
        if (__builtin_expect(Lanes::any(due), 0)) {
          hot.countdown = select(due, Lanes::splat(thin), hot.countdown);
          write_back(hot);
          take_samples(v, hot, Lanes::bits(due), s);
        }
      }
    }
    expansions_ += expanded;
  }

  template <std::uint32_t kCount>
  WEND_HD void draw(U32 (&words)[kCount][4]) {
    const std::uint32_t vectors = kInRegisters ? kCount : vectors_;
    std::uint32_t drawn = 0;
    if constexpr (kWidth == 16)
      for (; drawn + 1 < vectors; drawn += 2)
        Draws::template draw<2>(keys_, {&draws_[drawn], &draws_[drawn + 1]}, words + drawn);
    for (; drawn < vectors; ++drawn)
      Draws::template draw<1>(keys_, {&draws_[drawn]}, words + drawn);
  }

  static WEND_HD void depart(const View& view, Hot& hot, const kernels::Outcome<Lanes>& outcome) {
    if constexpr (View::kDriverKeepsPath)
      hot.paths.template depart<kWalk>(view, hot.cursor, outcome);
    else
      view.template depart<kWalk, Lanes>(hot.cursor, outcome);
  }

  /// The second half of a step, or all of it.
  WEND_HD kernels::Move<Lanes> arrive(const View& view, Hot& hot, std::uint32_t v, U32 draw) const {
    if constexpr (View::kDriverKeepsPath)
      return hot.paths.template arrive<kWalk>(view, hot.cursor);
    else if constexpr (View::kSearches)
      return view.template arrive<kWalk, Lanes>(hot.cursor);
    else
      return view.template follow<kWalk, Lanes>(hot.cursor, decide(view, v, draw));
  }

  /// Writes down where the next step of a vector, with this draw, finds its laws.
  WEND_HD void locate(const View& view, Hot& hot, std::uint32_t v, U32 draw) {
    store_lanes(entries_[v],
                view.rows.template entry<Lanes>(view.template row<kWalk, Lanes>(hot.cursor), draw));
    if constexpr (View::kDriverKeepsPath) hot.paths.place(hot.cursor);
  }

  /// Asks for the entries that the next step of a vector, located before, reads. Far from free:
  /// sixteen more loads a step.
  WEND_HD void fetch_ahead(const View& view, std::uint32_t v) const {
    for (std::uint32_t lane = 0; lane < kWidth; ++lane)
      kernels::prefetch(view.rows.words + 2 * static_cast<std::uint64_t>(entries_[v][lane]));
  }

  /// Finds what decides on the laws of all lanes. The few searches wait until all have begun, so
  /// that no vector waits for them.
  void search(const View& view) {
    std::uint32_t due[(2 * kVectors + 1) * kWidth];
    std::uint32_t count = 0;
    for (std::uint32_t v = 0; v < vectors_; ++v)
      count += view.template read_exponents<Lanes>(hot_[v].cursor, v, due + count);
    for (std::uint32_t i = 0; i < count; ++i)
      view.template prefetch_steps<Lanes>(hot_[due[i] / (2 * kWidth)].cursor,
                                          due[i] % (2 * kWidth));
    for (std::uint32_t i = 0; i < count; ++i)
      view.template search_steps<Lanes>(hot_[due[i] / (2 * kWidth)].cursor, due[i] % (2 * kWidth));
  }

  WEND_HD kernels::Outcome<Lanes> decide(const View& view, std::uint32_t v, U32 draw) const {
    U32 entry[decltype(view.rows)::kWords];
    gather_entries(view.rows.words, entries_[v], entry);
    return view.rows.template decide<Lanes>(entry, draw);
  }

  /// Counts what a step did. Returns the lanes that have arrived at their next sample; a lane
  /// without a chain never does: see flush(). Expansions are counted apart from the chains' own
  /// counters, in integer registers, which have time to spare.
  static WEND_HD typename Lanes::Mask count(Hot& hot, std::uint32_t active,
                                            const kernels::Move<Lanes>& move,
                                            std::uint64_t& expanded) {
    hot.moves_up = add_mask(hot.moves_up, move.up);
    hot.countdown = subtract_mask(hot.countdown, move.leaf);
    expanded += static_cast<std::uint64_t>(
        __builtin_popcount(~(Lanes::bits(move.up) | Lanes::bits(move.leaf)) & active));
    return zero_where(move.leaf, hot.countdown);
  }

  // --- chains that come and go ------------------------------------------------------------------

  static void write_back(const Hot& hot) {
    if constexpr (View::kDriverKeepsPath) hot.paths.write_back(hot.cursor);
  }

  /// Writes the samples at which lanes of a vector stand. Returns true if some chain has all of its
  /// own, and has left its lane.
  WEND_HD bool take_samples(std::uint32_t v, Hot& hot, std::uint32_t sampled, std::uint32_t s) {
    Books& books = books_[v];
    std::uint32_t done = 0;
    for (; sampled != 0; sampled &= sampled - 1) {
      const std::uint32_t lane = first_lane(sampled);
      view_.record(kernels::lane_cursor<Lanes>(view_, hot.cursor, lane), books.record[lane]);
      books.record[lane] += view_.record_words();
      done |= (--books.left[lane] == 0 ? 1U : 0U) << lane;
    }
    if (__builtin_expect(done != 0, 0)) finish(v, hot, done, s);
    return done != 0;
  }

  __attribute__((noinline)) void finish(std::uint32_t v, Hot& hot, std::uint32_t done,
                                        std::uint32_t s) {
    // The block counter already stands at the next group.
    for (; done != 0; done &= done - 1) retire(v, hot, first_lane(done), 3 - s);
  }

  /// What a lane's chain has done since it came; the third thing that a step can be is an
  /// expansion. `ahead`: steps from the chain's last to the lane's block counter.
  struct Tally {
    std::uint64_t step;
    std::uint64_t samples;
    std::uint64_t ups;
    std::uint64_t visits;
    std::uint64_t expansions;
  };
  [[nodiscard]] Tally tally(std::uint32_t v, const Hot& hot, std::uint32_t lane,
                            std::uint32_t ahead) const {
    const Books& books = books_[v];
    const kernels::ChainArrays& chains = job_.chains;
    const std::uint64_t chain = books.chain[lane];
    const std::uint64_t step = 4 * draws_[v].block(lane) - ahead;
    const std::uint64_t samples = books.goal[lane] - books.left[lane];
    const std::uint64_t ups = books.ups[lane] + Lanes::get(hot.moves_up, lane);
    // Every visit took the countdown one down, every sample put it back to `thin`.
    const std::uint64_t visits = chains.countdown[chain] +
                                 (samples - chains.samples[chain]) * job_.limits.thin -
                                 Lanes::get(hot.countdown, lane);
    return {step, samples, ups, visits, step - chains.steps[chain] - ups - visits};
  }

  /// Writes a lane back to its chain, which leaves it.
  void retire(std::uint32_t v, Hot& hot, std::uint32_t lane, std::uint32_t ahead) {
    const kernels::ChainArrays& chains = job_.chains;
    Books& books = books_[v];
    const std::uint64_t chain = books.chain[lane];
    const Tally done = tally(v, hot, lane, ahead);
    kernels::store_lane<Lanes>(view_, hot.cursor, lane, chains, chain);
    chains.countdown[chain] = Lanes::get(hot.countdown, lane);
    chains.steps[chain] = done.step;
    chains.samples[chain] = done.samples;
    chains.moves_up[chain] += done.ups;
    chains.leaf_visits[chain] += done.visits;
    chains.expansions[chain] += done.expansions;
    books.active &= ~(1U << lane);
    Lanes::set(hot.countdown, lane, kIdleCountdown);
    retired_ = true;
  }

  void flush(std::uint32_t v) {
    Hot& hot = hot_[v];
    for (std::uint32_t lane = 0; lane < kWidth; ++lane) {
      books_[v].ups[lane] += Lanes::get(hot.moves_up, lane);
      // Far from 0, which a lane without a chain then does not reach before the next flush.
      if ((books_[v].active >> lane & 1U) == 0) Lanes::set(hot.countdown, lane, kIdleCountdown);
    }
    hot.moves_up = Lanes::splat(0);
  }

  /// Retires the chains that are out of queries. A chain with n expansions left is safe for n / 4
  /// groups, so that one with many is not looked at often.
  __attribute__((noinline)) void look_at_budgets() {
    next_look_ = kNever;
    for (std::uint32_t v = 0; v < vectors_; ++v) {
      Books& books = books_[v];
      if (books.look <= groups_) {
        books.look = kNever;
        write_back(hot_[v]);
        for (std::uint32_t lanes = books.active; lanes != 0; lanes &= lanes - 1) {
          const std::uint32_t lane = first_lane(lanes);
          const std::uint64_t left = books.spare[lane] - tally(v, hot_[v], lane, 0).expansions;
          if (left < 4)
            retire(v, hot_[v], lane, 0);
          else
            look_again(books, left);
        }
      }
      if (books.look < next_look_) next_look_ = books.look;
    }
    if (retired_) refill_all();
  }
  void look_again(Books& books, std::uint64_t left) {
    const std::uint64_t look = left == kNever ? kNever : groups_ + left / 4;
    if (look < books.look) books.look = look;
    if (look < next_look_) next_look_ = look;
  }

  void start() {
    std::uint64_t room = job_.lane_limit;
    for (std::uint32_t v = 0; v < kVectors; ++v) {
      hot_[v] = Hot();
      hot_[v].countdown = Lanes::splat(kIdleCountdown);
      books_[v] = Books();
      books_[v].look = kNever;
      // An odd number of lines apart, so that the vectors' paths share no cache sets.
      kernels::set_paths<Lanes>(
          hot_[v].cursor,
          job_.paths + static_cast<std::uint64_t>(v) * kWidth * (view_.path_words() | 1U));
    }
    for (; vectors_ < kVectors && room > 0; ++vectors_) {
      for (std::uint32_t lane = 0; lane < kWidth && room > 0; ++lane, --room)
        if (!refill(vectors_, lane)) room = 1;
      if (books_[vectors_].active == 0) break;
    }
    retired_ = false;
  }

  void refill_all() {
    retired_ = false;
    refilled_ = true;
    constexpr std::uint32_t kAll = (1U << kWidth) - 1;
    for (std::uint32_t v = 0; v < vectors_; ++v)
      for (std::uint32_t free = ~books_[v].active & kAll; free != 0; free &= free - 1)
        if (!refill(v, first_lane(free))) break;
    for (std::uint32_t v = vectors_; v-- > 0;) {
      if (books_[v].active != 0 || --vectors_ == v) continue;
      hot_[v] = hot_[vectors_];
      draws_[v] = draws_[vectors_];
      books_[v] = books_[vectors_];
      books_[vectors_].active = 0;
      hot_[vectors_].countdown = Lanes::splat(kIdleCountdown);
    }
  }

  /// Gives a lane the next chain that still owes samples and has queries left; false if there is
  /// none.
  bool refill(std::uint32_t v, std::uint32_t lane) {
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
      if (kernels::out_of_queries(chains, chain, job_.limits)) continue;

      Hot& hot = hot_[v];
      Books& books = books_[v];
      kernels::load_lane<Lanes>(view_, hot.cursor, lane, chains, chain);
      if constexpr (View::kDriverKeepsPath) hot.paths.place(hot.cursor, lane);
      draws_[v].set(lane, job_.limits.purpose, job_.limits.first_chain + chain,
                    chains.steps[chain] / 4);
      Lanes::set(hot.countdown, lane, chains.countdown[chain]);
      Lanes::set(hot.moves_up, lane, 0);
      books.chain[lane] = chain;
      books.goal[lane] = goal;
      books.left[lane] = goal - chains.samples[chain];
      books.record[lane] = job_.records + (chain * job_.limits.round_size + chains.samples[chain] -
                                           job_.limits.round_begin) *
                                              view_.record_words();
      books.spare[lane] = kernels::is_limited(job_.limits)
                              ? kernels::expansions_left(chains, chain, job_.limits)
                              : kNever;
      books.ups[lane] = 0;
      books.active |= 1U << lane;
      look_again(books, books.spare[lane]);
      return true;
    }
  }

  const View view_;
  const CpuJob& job_;
  const typename Draws::Keys keys_;
  // Apart from each other: what steps touch is dense, and no two vectors' lie 4 KB from each other.
  Hot hot_[kVectors];
  /// The table entries that the next step reads. In memory, written long before they are used,
  /// since scalar loads of them beat the gather instruction.
  alignas(64) std::uint32_t entries_[kVectors][kWidth] = {};
  Draws draws_[kVectors];
  Books books_[kVectors];
  std::uint32_t vectors_ = 0;
  std::uint64_t groups_ = 0;          ///< stepped so far
  std::uint64_t next_look_ = kNever;  ///< the least Books::look
  ChainBlock block_ = {0, 0};
  bool exhausted_ = false;
  bool retired_ = false;  ///< a lane has lost its chain
  bool refilled_ = true;  ///< a lane has got one, whose first table entry is not located yet
  std::uint64_t expansions_ = 0;
};

/// Runs a job on lanes of one width. Eight vectors in flight hide what a load from the caches
/// takes, and their hot state is in registers where there are 32 of them. Beyond the caches, where
/// loads take longer than anything else, and where a step searches, it is twice as many.
template <class Lanes, class View>
std::uint64_t drive_lanes(const View& view, kernels::Walk walk, const CpuJob& job) {
  constexpr std::uint32_t kNear = 8;
  constexpr std::uint32_t kFar = Lanes::kRegisters >= 32 ? 16 : 8;
  return kernels::visit_walk(walk, [&]<kernels::Walk kWalk>() {
    constexpr std::uint32_t kFew = View::kSearches ? kFar : kNear;
    if constexpr (kFar > kFew && !View::kDriverKeepsPath)
      if (job.prefetch) return LaneDriver<Lanes, View, kWalk, kFar>(view, job).run();
    return LaneDriver<Lanes, View, kWalk, kFew>(view, job).run();
  });
}

}  // namespace wend
