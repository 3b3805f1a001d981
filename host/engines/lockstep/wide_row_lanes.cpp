// Compiled once a width, like host/engines/cpu/lanes.cpp, whose warning holds: nothing of the
// standard library's templates is called here.
#include WEND_LANES_HEADER

#include <cstdint>

#include "host/engines/lockstep/wide_row.hpp"
#include "kernels/lanes/whole.hpp"

namespace wend {
namespace {

constexpr double kMost = 1.7976931348623157e308;
constexpr float kMostFloat = 3.4028234663852886e38F;

template <class Lanes>
class RowInLanes {
 public:
  RowInLanes(const kernels::RowPlan& plan, const kernels::RowSource& source, const RowRoom& room)
      : plan_(plan),
        source_(source),
        children_(room.children),
        weights_(room.weights),
        blocks_(room.blocks),
        rows_{nullptr, plan.alphabet + 1, plan.slot_bits} {}

  bool make(std::uint32_t depth, std::uint32_t* node) {
    if (!(plan_.has_logs ? take_logs(depth) : take_masses(depth))) return false;
    if (plan_.keeps_sums && depth != 0) {
      const double most = depth + 1 == plan_.horizon ? plan_.most_log_last : plan_.most_log;
      if (!(log_sum_ <= most && log_sum_ >= -most)) return false;
    }
    if (depth != 0 && kernels::breaks_bound(plan_, depth, sum_, own_)) return false;
    const std::uint32_t rows = kernels::rows_per_node(plan_.walk);
    for (std::uint32_t r = 0; r < rows; ++r) {
      const kernels::StepLaw law = kernels::step_law(plan_.walk, r == 1, own_, sum_, 0.0);
      if (!write_row(law, node + r * plan_.row_words)) return false;
    }
    if (plan_.keeps_sums) write_sums(depth, node + rows * plan_.row_words);
    return true;
  }

 private:
  using F64 = typename Lanes::F64;
  using Mask = typename Lanes::Mask;
  static constexpr std::uint32_t kWidth = Lanes::kWidth;

  static F64 zero() { return Lanes::splat(0.0); }
  static double larger(double a, double b) { return a > b ? a : b; }
  static std::uint32_t smaller(std::uint32_t a, std::uint32_t b) { return a < b ? a : b; }
  static bool all(Mask mask) { return Lanes::bits(mask) == (1U << kWidth) - 1U; }
  static double largest_of(F64 a) {
    double each[kWidth];
    Lanes::store(each, a);
    double largest = each[0];
    for (const double one : each) largest = larger(one, largest);
    return largest;
  }
  /// Of whole numbers, so that the order is of no matter.
  static double total_of(F64 a) {
    double each[kWidth];
    Lanes::store(each, a);
    double sum = 0;
    for (const double one : each) sum += one;
    return sum;
  }

  bool take_masses(std::uint32_t depth) {
    own_ = depth == 0 ? 0.0 : source_.own;
    if (!(own_ >= 0 && own_ <= kMost)) return false;
    const std::uint32_t alphabet = plan_.alphabet;
    const std::uint32_t whole = alphabet / kWidth * kWidth;
    F64 largest = zero();
    Mask right = Lanes::within(largest, zero(), zero());
    for (std::uint32_t c = 0; c < whole; c += kWidth) {
      const F64 mass = Lanes::load(source_.masses + c);
      right = Lanes::mask_and(right, Lanes::within(mass, zero(), Lanes::splat(kMost)));
      largest = Lanes::maximum(largest, mass);
      Lanes::store(children_ + 1 + c, mass);
    }
    if (!all(right)) return false;
    largest_ = largest_of(largest);
    for (std::uint32_t c = whole; c < alphabet; ++c) {
      const double mass = source_.masses[c];
      if (!(mass >= 0 && mass <= kMost)) return false;
      children_[1 + c] = mass;
      largest_ = larger(largest_, mass);
    }
    sum_ = ordered_sum(children_ + 1, alphabet);
    if (!(sum_ <= kMost) || (depth == 0 && !(sum_ > 0))) return false;
    if (!plan_.keeps_sums) return true;
    if (depth != 0 && !(own_ > 0)) return false;
    log_sum_ = kernels::log_of_mass(sum_) - (depth == 0 ? 0.0 : kernels::log_of_mass(own_));
    return true;
  }

  bool take_logs(std::uint32_t depth) {
    const float* logs = source_.logs;
    const std::uint32_t alphabet = plan_.alphabet;
    std::uint32_t wrong[16];
    float most[16];
    for (std::uint32_t k = 0; k < 16; ++k) {
      wrong[k] = 0;
      most[k] = logs[0];
    }
    const auto look = [&](std::uint32_t c, std::uint32_t k) {
      wrong[k] |= logs[c] <= kMostFloat ? 0U : 1U;  // NaN too
      most[k] = logs[c] > most[k] ? logs[c] : most[k];
    };
    const std::uint32_t whole = alphabet / 16 * 16;
    for (std::uint32_t c = 0; c < whole; c += 16)
      for (std::uint32_t k = 0; k < 16; ++k) look(c + k, k);
    for (std::uint32_t c = whole; c < alphabet; ++c) look(c, 0);
    std::uint32_t any_wrong = 0;
    auto largest = static_cast<double>(most[0]);
    for (std::uint32_t k = 0; k < 16; ++k) {
      any_wrong |= wrong[k];
      largest = larger(static_cast<double>(most[k]), largest);
    }
    if (any_wrong != 0) return false;
    if (depth != 0 && !(largest > 0)) largest = 0;
    if (largest < -kMost) return false;
    for (std::uint32_t c = 0; c < alphabet; ++c)
      children_[1 + c] = kernels::mass_of_log(static_cast<double>(logs[c]) - largest);
    F64 most_mass = zero();  // behind the children are zeros
    for (std::uint32_t i = 0; i <= alphabet; i += kWidth)
      most_mass = Lanes::maximum(most_mass, Lanes::load(children_ + i));
    largest_ = largest_of(most_mass);
    own_ = depth == 0 ? 0.0 : kernels::mass_of_log(-largest);
    sum_ = ordered_sum(children_ + 1, alphabet);
    if (plan_.keeps_sums) log_sum_ = kernels::log_of_mass(sum_) + largest;
    return true;
  }

  /// kernels::ordered_sum: behind the values there are zeros for a vector, which change no sum of
  /// numbers that are not negative.
  static double ordered_sum(const double* values, std::uint32_t count) {
    constexpr std::uint32_t kApart = kernels::kPartialSums / 2;
    const std::uint32_t whole = count / kernels::kPartialSums * kernels::kPartialSums;
    const std::uint32_t rest = count - whole;
    const auto partial = [&](std::uint32_t i) {
      F64 sum = whole != 0 ? Lanes::load(values + i) : zero();
      for (std::uint32_t begin = kernels::kPartialSums; begin < whole;
           begin += kernels::kPartialSums)
        sum = Lanes::add(sum, Lanes::load(values + begin + i));
      return i < rest ? Lanes::add(sum, Lanes::load(values + whole + i)) : sum;
    };
    // With few values the sums are zeros from some power of two on.
    std::uint32_t apart = kApart;
    while (apart >= count && apart > kWidth) apart /= 2;
    double sums[kApart];
    for (std::uint32_t i = 0; i < apart; i += kWidth)
      Lanes::store(sums + i, Lanes::add(partial(i), partial(apart + i)));
    for (apart /= 2; apart >= kWidth; apart /= 2)
      for (std::uint32_t i = 0; i < apart; i += kWidth)
        Lanes::store(sums + i, Lanes::add(Lanes::load(sums + i), Lanes::load(sums + apart + i)));
    return kernels::fold_partial_sums(sums, 2 * apart);
  }

  bool write_row(const kernels::StepLaw& law, std::uint32_t* words) {
    if (!(law.child_scale > 0)) {
      write_up_alone(words);
      return law.up > 0;
    }
    const std::uint32_t outcomes = rows_.outcomes;
    const F64 child_scale = Lanes::splat(law.child_scale);
    // Products of one factor are in the order of the others.
    const double largest = larger(law.up, largest_ * law.child_scale);
    const double scale = kernels::scale_near_one(largest);
    constexpr double kLeast = 2.2250738585072014e-308;  // what has mass keeps it
    F64 positive = zero();
    for (std::uint32_t i = 0; i < outcomes; i += kWidth) {
      const F64 weight = Lanes::multiply(Lanes::load(children_ + i), child_scale);
      const F64 scaled = Lanes::multiply(weight, Lanes::splat(scale));
      const Mask has = Lanes::below(zero(), weight);
      Lanes::store(weights_ + i,
                   Lanes::select(has, Lanes::maximum(scaled, Lanes::splat(kLeast)), zero()));
      positive = Lanes::add(positive, Lanes::select(has, Lanes::splat(1.0), zero()));
    }
    weights_[0] = law.up > 0 ? larger(law.up * scale, kLeast) : 0.0;
    const auto count = static_cast<std::uint64_t>(total_of(positive)) + (law.up > 0 ? 1U : 0U);
    const double total = ordered_sum(weights_, outcomes);
    return write_units(kernels::UnitScale::share(kUnits, count, total), words);
  }

  bool write_units(const kernels::UnitScale& share, std::uint32_t* words) {
    constexpr std::uint32_t kBlock = kernels::UnitRows::kBlock;
    const std::uint32_t outcomes = rows_.outcomes;
    const double capacity = 1U << (32U - plan_.slot_bits);
    const F64 scale = Lanes::splat(share.units_per_weight);
    double given = 0;
    double most = 0;
    std::uint32_t most_block = 0;
    for (std::uint32_t block = 0; block * kBlock < outcomes; ++block) {
      const std::uint32_t end = smaller((block + 1) * kBlock, outcomes);
      F64 sum = zero();
      F64 excess = zero();
      F64 largest = zero();
      for (std::uint32_t i = block * kBlock; i < end; i += kWidth) {
        const F64 weight = Lanes::load(weights_ + i);
        const F64 more = kernels::truncated(Lanes::multiply(weight, scale));
        const F64 own = Lanes::select(Lanes::below(zero(), weight),
                                      Lanes::add(more, Lanes::splat(1.0)), zero());
        // The last vector reaches to where the row's sums come later.
        kernels::store_whole(words + i, own);
        sum = Lanes::add(sum, own);
        excess = Lanes::add(excess, beyond(own, capacity));
        largest = Lanes::maximum(largest, own);
      }
      blocks_[block] = {total_of(sum), total_of(excess)};
      given += blocks_[block].units;
      const double block_most = largest_of(largest);
      if (block_most > most) {
        most = block_most;
        most_block = block;
      }
    }
    const double wanted = most + (static_cast<double>(kUnits) - given);
    if (most >= kMostUnits || wanted >= kMostUnits) return false;  // there is hardly another
    std::uint32_t first = most_block * kBlock;
    while (words[first] != static_cast<std::uint32_t>(most)) ++first;
    words[first] = static_cast<std::uint32_t>(wanted);
    blocks_[most_block].units += wanted - most;
    blocks_[most_block].excess += larger(wanted, capacity) - larger(most, capacity);
    write_sums_of_blocks(capacity, words);
    return true;
  }

  static F64 beyond(F64 units, double capacity) {
    return Lanes::add(Lanes::maximum(units, Lanes::splat(capacity)), Lanes::splat(-capacity));
  }

  /// The room of a block is what its slots have more than its units and not in excess.
  void write_sums_of_blocks(double capacity, std::uint32_t* words) {
    const std::uint32_t blocks = kernels::UnitRows::blocks(rows_.outcomes);
    double excess = 0;
    double room = 0;
    for (std::uint32_t block = 0; block <= blocks; ++block) {
      rows_.put_sums(words, block,
                     {static_cast<std::uint64_t>(excess), static_cast<std::uint64_t>(room)});
      if (block == blocks) break;
      const std::uint32_t slots =
          smaller(kernels::UnitRows::kBlock, rows_.outcomes - block * kernels::UnitRows::kBlock);
      excess += blocks_[block].excess;
      room += capacity * slots + blocks_[block].excess - blocks_[block].units;
    }
  }

  /// The row of a step that always leads up.
  void write_up_alone(std::uint32_t* words) {
    for (std::uint32_t i = 0; i < rows_.outcomes; ++i) words[i] = 0;
    words[0] = 0xFFFFFFFFU;
    for (std::uint32_t block = 0; block < kernels::UnitRows::blocks(rows_.outcomes); ++block)
      blocks_[block] = {0, 0};
    const double capacity = 1U << (32U - plan_.slot_bits);
    blocks_[0] = {kMostUnits, kMostUnits - capacity};
    write_sums_of_blocks(capacity, words);
  }

  void write_sums(std::uint32_t depth, std::uint32_t* words) {
    if (plan_.has_logs) {
      __builtin_memcpy(words, source_.logs, plan_.alphabet * sizeof(float));
    } else {
      const double own = depth == 0 ? 0.0 : kernels::log_of_mass(own_);
      for (std::uint32_t c = 0; c < plan_.alphabet; ++c) {
        const auto ratio = static_cast<float>(kernels::log_of_mass(children_[1 + c]) - own);
        __builtin_memcpy(words + c, &ratio, sizeof ratio);
      }
    }
    kernels::store_double(log_sum_, words + plan_.alphabet);
  }

  static constexpr std::uint64_t kUnits = std::uint64_t{1} << 32U;
  static constexpr double kMostUnits = 0xFFFFFFFFU;

  const kernels::RowPlan& plan_;
  const kernels::RowSource& source_;
  double* children_;  // one behind another from element 1 on; element 0 is 0
  double* weights_;
  BlockUnits* blocks_;
  kernels::UnitRows rows_;
  double own_ = 0;
  double sum_ = 0;
  double log_sum_ = 0;
  double largest_ = 0;  // of the children
};

}  // namespace

template <kernels::Simd kSimd>
bool make_wide_row_lanes(const kernels::RowPlan& plan, const kernels::RowSource& source,
                         std::uint32_t depth, const RowRoom& room, std::uint32_t* node) {
  return RowInLanes<typename kernels::LanesOf<kSimd>::F64>(plan, source, room).make(depth, node);
}

template bool make_wide_row_lanes<kernels::Simd::WEND_SIMD>(const kernels::RowPlan&,
                                                            const kernels::RowSource&,
                                                            std::uint32_t, const RowRoom&,
                                                            std::uint32_t*);

}  // namespace wend
