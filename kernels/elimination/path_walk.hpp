#pragma once

#include <cstdint>

#include "kernels/elimination/concepts.hpp"
#include "kernels/elimination/member_oracle.hpp"
#include "kernels/elimination/members.hpp"
#include "kernels/elimination/path.hpp"
#include "kernels/elimination/path_draws.hpp"
#include "kernels/lanes/concepts.hpp"
#include "kernels/lanes/scalar.hpp"

// One path of class-elimination (docs/design.md): drawn from the mean of the version space V,
// asked where a surviving member's mass stands out, and every answer held against all members.
//
// A group of threads owns a path and strides over V's members. All masses on a path are on one
// scale, a power of two that keeps the drawn member's mass in [1, 2), so that no horizon
// underflows. Sums over members are made of kMembersPerWord partial sums, that of position i mod
// kMembersPerWord, folded by halves: the same tree on every backend and width, so that every
// comparison comes out alike everywhere.
namespace wend::kernels {

/// 2^-floor(log2 x), and the exponent, for a normal x.
struct PowerOfTwo {
  double value;
  int exponent;
};
WEND_HD PowerOfTwo scale_of(double x) {
  std::uint64_t bits;
  __builtin_memcpy(&bits, &x, sizeof bits);
  const int exponent = 1023 - static_cast<int>(bits >> 52U & 0x7FFU);
  const std::uint64_t scale_bits = static_cast<std::uint64_t>(exponent + 1023) << 52U;
  double value;
  __builtin_memcpy(&value, &scale_bits, sizeof value);
  return {value, exponent};
}

/// Scratch of one group: `mass` and, for views with a state, `state` have padded(count) elements,
/// `own` a word for 64 members.
struct ClassScratch {
  double* mass;
  std::uint32_t* state;
  std::uint64_t* own;
};

WEND_HD std::uint64_t member_words(std::uint64_t count) {
  return (count + kMembersPerWord - 1) / kMembersPerWord;
}

template <SomeGroup Group, SomeF64Lanes Lanes, SomeMembersView View, SomeOracle Oracle>
class ClassPathWalk {
 public:
  using F64 = typename Lanes::F64;
  static constexpr std::uint32_t kVectors = kMembersPerWord / (Lanes::kWidth * Group::kSize);
  static_assert(kVectors >= 1);

  WEND_HD ClassPathWalk(const Group& group, const View& view, Oracle& oracle,
                        const ClassRound& round, const ClassScratch& scratch)
      : group_(group),
        view_(view),
        oracle_(oracle),
        round_(round),
        scratch_(scratch),
        words_(member_words(view.count)) {}

  /// Draws a path and asks along it. Writes its H symbols; `own` in the scratch holds the members
  /// that survive it. O(|V| A H / group size), and as much again for every answer.
  WEND_HD PathOutcome run(const ClassPath& path, std::uint32_t* symbols) {
    begin();
    PathDraws draws(round_.seed, path, view_.horizon);
    MemberCursor<View> drawn = MemberCursor<View>::at_root(view_, draws.member(view_.count));
    ClassNode node;
    double leaf_mass = 0;   // the drawn leaf's, by the oracle
    double leaf_total = 0;  // and by V: count times q
    for (;;) {
      const std::uint32_t symbol = draws.symbol(view_, drawn, node);
      if (group_.rank() == 0) symbols[node.depth] = symbol;
      const bool last = node.depth + 1 == view_.horizon;
      const std::uint32_t asked_before = asked();
      if (asking_) {
        for (std::uint32_t c = 0; c < view_.alphabet && !done_; c += 2) {
          double total[2] = {0, 0};
          double peak[2] = {0, 0};
          const std::uint32_t children = view_.alphabet - c < 2 ? 1 : 2;
          if (even_known_) {
            total[0] = total[1] = even_total_;
            peak[0] = peak[1] = even_peak_;
          } else {
            if (children == 2) scan<2>(node, c, total, peak);
            if (children == 1) scan<1>(node, c, total, peak);
            even_known_ = view_.even(node);
            even_total_ = total[0];
            even_peak_ = peak[0];
          }
          for (std::uint32_t k = 0; k < children && !done_; ++k) {
            const bool is_drawn_leaf = last && c + k == symbol;
            // Chosen, not indexed: so that a CUDA thread has them in registers.
            const double child_total = k == 0 ? total[0] : total[1];
            const double child_peak = k == 0 ? peak[0] : peak[1];
            if (is_drawn_leaf) leaf_total = child_total;
            // Decided only now: an answer at a sibling may have ended the asking.
            const bool informative =
                asking_ && ScalarF64::multiply(child_peak, static_cast<double>(view_.count)) >
                               ScalarF64::multiply(round_.bound, child_total);
            if (!is_drawn_leaf && !informative) continue;
            const double answer = ask(path, node, c + k, last);
            if (is_drawn_leaf) leaf_mass = answer;
          }
        }
      } else if (last) {
        double total[1] = {0};
        double peak[1];
        if (round_.certified) {
          scan<1>(node, symbol, total, peak);
        } else {
          advance();
        }
        leaf_total = total[0];
        leaf_mass = ask(path, node, symbol, true);
      } else if (pending_ == Group::kPending) {
        advance();
      }
      outcome_.nodes_asked += asked() != asked_before ? 1U : 0U;
      if (done_ || last) break;
      descend(node, symbol, drawn);
    }
    outcome_.oracle_queries = oracle_.asked() - asked_at_start_;
    if (!done_ && round_.certified) {
      const double share =
          ScalarF64::multiply(ScalarF64::multiply(draws.acceptance(), round_.bound), leaf_total);
      outcome_.status = share < ScalarF64::multiply(leaf_mass, static_cast<double>(view_.count))
                            ? PathStatus::kAccepted
                            : PathStatus::kRejected;
    }
    return outcome_;
  }

 private:
  using Child = typename View::template Child<Lanes>;

  // A step down that the masses have not taken yet.
  struct Step {
    Child child;  // of few values: with the scale
    F64 scale;
    std::uint32_t symbol;
    bool flushes;  // masses may come below kLeastMass
  };
  static constexpr bool kFewValues = Child::kFewValues;
  static constexpr bool kHasUniform = requires(const Child& child) {
    child.near_members(std::uint64_t{});
  };

  /// Pending step k. The only one is not counted to, so that a CUDA thread has it in registers.
  [[nodiscard]] WEND_HD Step& step(std::uint32_t k) { return steps_[Group::kPending == 1 ? 0 : k]; }
  [[nodiscard]] WEND_HD std::uint32_t asked() const {
    return static_cast<std::uint32_t>(outcome_.interior_queries + outcome_.leaf_queries);
  }
  /// Position in a word of this thread's vector v.
  [[nodiscard]] WEND_HD std::uint32_t place(std::uint32_t v) const {
    return (v * Group::kSize + group_.rank()) * Lanes::kWidth;
  }

  WEND_HD void begin() {
    std::uint32_t survivors = 0;
    for (std::uint64_t word = 0; word < words_; ++word) {
      const std::uint64_t alive = round_.alive[word];
      std::uint64_t mine = 0;
      for (std::uint32_t v = 0; v < kVectors; ++v) {
        const std::uint64_t at = word * kMembersPerWord + place(v);
        for (std::uint32_t lane = 0; lane < Lanes::kWidth; ++lane) {
          const std::uint64_t i = at + lane;
          scratch_.mass[i] = i < view_.count ? 1.0 : 0.0;
          if constexpr (View::kHasState) scratch_.state[i] = i < view_.count ? view_.start[i] : 0;
          mine |= alive & (std::uint64_t{1} << (place(v) + lane));
        }
      }
      group_.store_word(scratch_.own + word, mine);
      survivors += Group::population(mine);
    }
    outcome_ = {};
    outcome_.survivors = group_.sum(survivors);
    outcome_.status = PathStatus::kScouted;
    asking_ = 2 * static_cast<std::uint64_t>(outcome_.survivors) > view_.count;
    done_ = false;
    pending_ = 0;
    least_ = 1.0;
    even_known_ = false;
    oracle_.begin();
    asked_at_start_ = oracle_.asked();
    group_.sync();
  }

  WEND_HD void descend(ClassNode& node, std::uint32_t symbol, MemberCursor<View>& drawn) {
    const PowerOfTwo scale =
        scale_of(ScalarF64::multiply(drawn.mass, drawn.probability(view_, node, symbol)));
    // What an even node's child has of all masses the scale gives back.
    if (!view_.even(node)) take_step(node, symbol, Lanes::splat(scale.value), scale.value);
    drawn.descend(view_, node, symbol, scale.value);
    oracle_.descend(node, symbol, scale.value, scale.exponent);
    node = view_.descend(node, symbol);
  }

  /// Leaves a step down to be taken by the next pass over the masses.
  WEND_HD void take_step(const ClassNode& node, std::uint32_t symbol, F64 lanes_scale,
                         double scale) {
    Step& taken = step(pending_++);
    taken.child = view_.template child<Lanes>(node, symbol);
    taken.scale = lanes_scale;
    taken.symbol = symbol;
    taken.flushes = true;
    if constexpr (kFewValues) {
      // Exact: p, p times a power of two, and masses times p are normal numbers.
      taken.child = taken.child.scaled(lanes_scale);
      // A mass that is not 0 is at least `least_`, but for what its products round; the factor 2 is
      // for them.
      least_ = ScalarF64::multiply(
          least_, ScalarF64::multiply(view_.least_probability(node, symbol), scale));
      taken.flushes = !(least_ >= 2 * kLeastMass);
      if (taken.flushes) least_ = kLeastMass;
    }
  }

  /// This thread's masses of one word, brought to the current node.
  WEND_HD void load_word(std::uint64_t word, F64 (&mass)[kVectors]) {
    const F64 least = Lanes::splat(kLeastMass);
    const std::uint64_t base = word * kMembersPerWord;
#pragma GCC unroll 8
    for (std::uint32_t v = 0; v < kVectors; ++v)
      mass[v] = Lanes::load(scratch_.mass + base + place(v));
    if (pending_ == 0) return;
    for (std::uint32_t k = 0; k < pending_; ++k) {
      const Step& taken = step(k);
      if (kFewValues && !taken.flushes) {
#pragma GCC unroll 8
        for (std::uint32_t v = 0; v < kVectors; ++v)
          mass[v] = Lanes::multiply(mass[v], taken.child.at(base + place(v), nullptr));
        continue;
      }
#pragma GCC unroll 8
      for (std::uint32_t v = 0; v < kVectors; ++v) {
        const std::uint64_t i = base + place(v);
        F64 below = Lanes::multiply(mass[v], taken.child.at(i, scratch_.state + i));
        if constexpr (!kFewValues) below = Lanes::multiply(below, taken.scale);
        mass[v] = Lanes::flush_below(below, least);
        if constexpr (View::kHasState) {
          for (std::uint32_t lane = 0; lane < Lanes::kWidth; ++lane)
            scratch_.state[i + lane] = view_.next_state(scratch_.state[i + lane], taken.symbol);
        }
      }
    }
#pragma GCC unroll 8
    for (std::uint32_t v = 0; v < kVectors; ++v)
      Lanes::store(scratch_.mass + base + place(v), mass[v]);
  }

  WEND_HD void advance() {
    if (pending_ == 0) return;
    F64 mass[kVectors];
    for (std::uint64_t word = 0; word < words_; ++word) load_word(word, mass);
    pending_ = 0;
  }

  /// Adds one word's masses of children to their sums and largest ones. kAll: all are survivors.
  /// kLight: masses are taken from memory, a step down that flushes none on the way; else they are
  /// `mass`.
  template <bool kLight, bool kAll, std::uint32_t kChildren>
  WEND_HD void add_word(std::uint64_t word, std::uint64_t own, const F64 (&mass)[kVectors],
                        const Child& taken, const Child (&children)[kChildren],
                        F64 (&sums)[kChildren][kVectors], F64 (&peaks)[kChildren]) {
#pragma GCC unroll 8
    for (std::uint32_t v = 0; v < kVectors; ++v) {
      const std::uint64_t i = word * kMembersPerWord + place(v);
      F64 here = mass[v];
      if constexpr (kLight) {
        here = Lanes::multiply(Lanes::load(scratch_.mass + i), taken.at(i, nullptr));
        Lanes::store(scratch_.mass + i, here);
      }
      const auto alive = Lanes::from_bits(static_cast<std::uint32_t>(own >> place(v)));
#pragma GCC unroll 2
      for (std::uint32_t c = 0; c < kChildren; ++c) {
        const F64 value = Lanes::multiply(here, children[c].at(i, scratch_.state + i));
        sums[c][v] = Lanes::add(sums[c][v], value);
        peaks[c] =
            kAll ? Lanes::maximum(peaks[c], value) : Lanes::maximum_where(alive, peaks[c], value);
      }
    }
  }

  /// Whether a word has members whose probabilities are not `uniform`, at the step or below it.
  [[nodiscard]] WEND_HD bool has_near(std::uint64_t word, const Child& taken) const {
    auto near = taken.near_members(word * kMembersPerWord + place(0));
    for (std::uint32_t v = 1; v < kVectors; ++v)
      near = Lanes::mask_or(near, taken.near_members(word * kMembersPerWord + place(v)));
    return Lanes::bits(near) != 0;
  }

  /// add_word of a light step for a word that has none: all children have the same.
  template <std::uint32_t kChildren>
  WEND_HD void add_uniform_word(std::uint64_t word, const Child& taken,
                                const Child (&children)[kChildren],
                                F64 (&sums)[kChildren][kVectors], F64 (&peaks)[kChildren]) {
#pragma GCC unroll 8
    for (std::uint32_t v = 0; v < kVectors; ++v) {
      double* at = scratch_.mass + word * kMembersPerWord + place(v);
      const F64 here = Lanes::multiply(Lanes::load(at), taken.uniform);
      Lanes::store(at, here);
      const F64 value = Lanes::multiply(here, children[0].uniform);
#pragma GCC unroll 2
      for (std::uint32_t c = 0; c < kChildren; ++c) {
        sums[c][v] = Lanes::add(sums[c][v], value);
        peaks[c] = Lanes::maximum(peaks[c], value);
      }
    }
  }

  /// Takes what is pending and adds up children, in one pass.
  template <bool kLight, std::uint32_t kChildren>
  WEND_HD void sweep(const Child (&children)[kChildren], F64 (&sums)[kChildren][kVectors],
                     F64 (&peaks)[kChildren]) {
    const Child taken = step(0).child;
    F64 mass[kVectors]{};
    for (std::uint64_t word = 0; word < words_; ++word) {
      if constexpr (!kLight) load_word(word, mass);
      const std::uint64_t own = group_.load_word(scratch_.own + word);
      // Most words have lost nobody, and few have members that differ where most go by.
      if constexpr (kLight && kHasUniform) {
        if (own == ~std::uint64_t{0} && !has_near(word, taken)) {
          add_uniform_word(word, taken, children, sums, peaks);
          continue;
        }
      }
      if (Group::kSize == 1 && own == ~std::uint64_t{0})
        add_word<kLight, true>(word, own, mass, taken, children, sums, peaks);
      else
        add_word<kLight, false>(word, own, mass, taken, children, sums, peaks);
    }
    pending_ = 0;
  }

  /// Of children first..: the sum over V of their masses, and the largest of a survivor.
  template <std::uint32_t kChildren>
  WEND_HD void scan(const ClassNode& node, std::uint32_t first, double* total, double* peak) {
    const F64 zero = Lanes::splat(0);
    F64 sums[kChildren][kVectors];
    F64 peaks[kChildren];
    Child children[kChildren];
    for (std::uint32_t c = 0; c < kChildren; ++c) {
      children[c] = view_.template child<Lanes>(node, first + c);
      peaks[c] = zero;
      for (std::uint32_t v = 0; v < kVectors; ++v) sums[c][v] = zero;
    }
    if constexpr (kFewValues && Group::kSize == 1) {
      if (pending_ == 1 && !step(0).flushes)
        sweep<true>(children, sums, peaks);
      else
        sweep<false>(children, sums, peaks);
    } else {
      sweep<false>(children, sums, peaks);
    }
    for (std::uint32_t c = 0; c < kChildren; ++c) {
      total[c] = fold(sums[c]);
      double lanes[Lanes::kWidth];
      Lanes::store(lanes, peaks[c]);
      double largest = lanes[0];
      for (std::uint32_t lane = 1; lane < Lanes::kWidth; ++lane)
        largest = ScalarF64::maximum(largest, lanes[lane]);
      peak[c] = group_.maximum(largest);
    }
  }

  /// The sum of a word of partial sums, folded by halves: 32, 16, .. 1 apart.
  WEND_HD double fold(F64 (&sums)[kVectors]) {
    for (std::uint32_t half = kVectors / 2; half >= 1; half /= 2)
      for (std::uint32_t v = 0; v < half; ++v) sums[v] = Lanes::add(sums[v], sums[v + half]);
    double lanes[Lanes::kWidth];
    Lanes::store(lanes, sums[0]);
    for (std::uint32_t half = Lanes::kWidth / 2; half >= 1; half /= 2)
      for (std::uint32_t lane = 0; lane < half; ++lane)
        lanes[lane] = ScalarF64::add(lanes[lane], lanes[lane + half]);
    return group_.sum(lanes[0]);
  }

  /// Asks at a child and eliminates the members that the answer rules out. The masses stand at the
  /// node: nothing is pending.
  WEND_HD double ask(const ClassPath& path, const ClassNode& node, std::uint32_t symbol,
                     bool leaf) {
    if (outcome_.interior_queries + outcome_.leaf_queries == path.query_limit) {
      done_ = true;
      outcome_.status = PathStatus::kOutOfQueries;
      return 0;
    }
    const double answer = leaf ? oracle_.leaf(node, symbol) : oracle_.interior(node, symbol);
    if (leaf) {
      ++outcome_.leaf_queries;
    } else {
      ++outcome_.interior_queries;
    }
    eliminate(node, symbol, answer, leaf ? round_.leaf_kappa : round_.kappa);
    return answer;
  }

  WEND_HD void eliminate(const ClassNode& node, std::uint32_t symbol, double answer, double kappa) {
    constexpr double kTolerance = 1e-9;
    constexpr double kSmallest = 0x1p-500;  // smaller masses are told apart by no answer
    double low = ScalarF64::multiply(answer / kappa, 1.0 - kTolerance);
    double high = ScalarF64::multiply(ScalarF64::multiply(answer, kappa), 1.0 + kTolerance);
    if (!(answer >= kSmallest)) {
      low = 0.0;
      high = ScalarF64::maximum(high, kSmallest);
    }
    const auto child = view_.template child<Lanes>(node, symbol);
    const F64 least = Lanes::splat(low);
    const F64 most = Lanes::splat(high);
    even_known_ = false;  // its largest one may be out
    std::uint32_t survivors = 0;
    std::uint32_t watched = 0;
    std::uint32_t removed = ~std::uint32_t{0};
    for (std::uint64_t word = 0; word < words_; ++word) {
      const std::uint64_t before = group_.load_word(scratch_.own + word);
      if (before == 0) continue;
      std::uint64_t mine = 0;
      std::uint64_t kept = 0;
#pragma GCC unroll 8
      for (std::uint32_t v = 0; v < kVectors; ++v) {
        const std::uint64_t i = word * kMembersPerWord + place(v);
        const F64 value =
            Lanes::multiply(Lanes::load(scratch_.mass + i), child.at(i, scratch_.state + i));
        const std::uint64_t lanes = (std::uint64_t{1} << Lanes::kWidth) - 1;
        mine |= lanes << place(v);
        kept |= static_cast<std::uint64_t>(Lanes::bits(Lanes::within(value, least, most)))
                << place(v);
      }
      kept &= before & mine;
      group_.store_word(scratch_.own + word, kept);
      survivors += Group::population(kept);
      const std::uint64_t watch = round_.watch[word];
      watched += Group::population(kept & watch);
      const std::uint64_t gone = before & mine & watch & ~kept;
      if (gone != 0 && removed == ~std::uint32_t{0})
        removed = static_cast<std::uint32_t>(word * kMembersPerWord) + Group::lowest(gone);
    }
    outcome_.survivors = group_.sum(survivors);
    if (2 * static_cast<std::uint64_t>(outcome_.survivors) <= view_.count) asking_ = false;
    watched = group_.sum(watched);
    removed = group_.minimum(removed);
    if (watched == 0) {
      done_ = true;
      outcome_.status = PathStatus::kExhausted;
      outcome_.depth = node.depth + 1;
      outcome_.last_symbol = symbol;
      outcome_.last_member = removed;
    }
  }

  const Group& group_;
  const View& view_;
  Oracle& oracle_;
  const ClassRound& round_;
  const ClassScratch& scratch_;
  std::uint64_t words_;
  Step steps_[Group::kPending]{};
  std::uint32_t pending_ = 0;
  double least_ = 1.0;  // below all masses that are not 0, those of few values
  // Of an even node's children, which have the same below it until a member is eliminated.
  bool even_known_ = false;
  double even_total_ = 0;
  double even_peak_ = 0;
  bool asking_ = true;
  bool done_ = false;
  std::uint64_t asked_at_start_ = 0;
  PathOutcome outcome_{};
};

}  // namespace wend::kernels
