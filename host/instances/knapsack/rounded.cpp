#include "host/instances/knapsack/rounded.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <span>
#include <utility>

#include "host/base/log_sums.hpp"
#include "host/files/json_reader.hpp"
#include "host/oracles/log_rounding.hpp"
#include "host/oracles/row_errors.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

using kernels::KnapsackItem;
using kernels::KnapsackView;

constexpr std::uint64_t kMaxGuideWords = std::uint64_t{1} << 32U;
constexpr double kSpareAccuracy = 1e-6;  // of log q, for rounding done in double
constexpr double kRoundingSlack = 4e-7;  // of an exponent, from double; the tables' ends add 1e-9

// Log ratio at which one of two summands no longer matters: its share is below 2^-33, half a unit
// of a row, and the sum's exponent is that of the other to 1e-9.
double negligible_log_ratio(double log_q) {
  return std::max(33.0 * std::numbers::ln2, std::log(1e9 / log_q));
}

double first_difference(double log_q, double log_value) {
  return std::max(0.0, std::floor((log_value - negligible_log_ratio(log_q)) / log_q));
}

double last_difference(double log_q, double log_value) {
  return std::max(0.0, std::ceil((log_value + negligible_log_ratio(log_q)) / log_q));
}

// Most that double takes from ln of a ratio of a node's masses: the products of exponents and log q
// near where both summands count, their difference from the value, exp, and the value itself.
double ratio_error(double log_q, double log_value) {
  return 8 * kHalfUlp * (std::abs(log_value) + negligible_log_ratio(log_q));
}

// Calls visit(bucket, first, last) for each bucket of a level: its steps are first..last-1 without
// a step at the bucket's very start, which counts as one before it.
template <class Visit>
void for_each_bucket(const KnapsackItem& item, const RoundedLevel& values, const Visit& visit) {
  const std::vector<std::uint64_t>& capacities = values.capacities;
  std::size_t step = 0;
  for (std::uint64_t bucket = 0; bucket <= item.last_bucket; ++bucket) {
    const std::uint64_t start = item.origin + (bucket << item.guide_shift);
    if (step < capacities.size() && capacities[step] == start) ++step;
    const std::size_t first = step;
    while (step < capacities.size() &&
           (capacities[step] - item.origin) >> item.guide_shift == bucket)
      ++step;
    visit(bucket, first, step);
  }
}

std::uint64_t words_of_many(std::size_t steps) {
  return steps < 2 ? 0 : 1 + steps * KnapsackView::kBreakpointWords;
}

void put_capacity(std::uint32_t* words, std::uint64_t capacity) {
  words[0] = static_cast<std::uint32_t>(capacity);
  words[1] = static_cast<std::uint32_t>(capacity >> 32U);
}

// Returns the place in `breakpoints` after the level's.
std::uint64_t fill_level(const KnapsackItem& item, const RoundedLevel& values, std::uint64_t place,
                         KnapsackCounts& counts) {
  std::uint32_t* guide =
      counts.guide.data() + std::uint64_t{item.guide_begin} * KnapsackView::kGuideWords;
  for_each_bucket(item, values, [&](std::uint64_t bucket, std::size_t first, std::size_t last) {
    std::uint32_t* words = guide + bucket * KnapsackView::kGuideWords;
    put_capacity(words, first == last ? ~std::uint64_t{0} : values.capacities[first]);
    words[2] = values.exponents[first - 1];
    words[3] = values.exponents[first == last ? first - 1 : first];
    if (last - first < 2) return;
    words[3] = KnapsackView::kManySteps + static_cast<std::uint32_t>(place);
    counts.breakpoints[place++] = static_cast<std::uint32_t>(last - first);
    for (std::size_t step = first; step < last; ++step) {
      put_capacity(counts.breakpoints.data() + place, values.capacities[step]);
      counts.breakpoints[place + 2] = values.exponents[step];
      place += KnapsackView::kBreakpointWords;
    }
  });
  return place;
}

}  // namespace

RoundedSum::RoundedSum(double log_q, double log_value)
    : low_(static_cast<std::uint32_t>(first_difference(log_q, log_value))),
      span_(static_cast<std::uint32_t>(last_difference(log_q, log_value)) - low_),
      rise_(span_ + std::size_t{1}) {
  for (std::uint32_t entry = 0; entry <= span_; ++entry) {
    const double log_ratio = log_value - (static_cast<double>(low_) + entry) * log_q;
    rise_[entry] = static_cast<std::int32_t>(std::lround(log_one_plus_exp(log_ratio) / log_q));
    // The true rise falls by less than 1 per entry; rounding in double must not break that, for a
    // sum has to rise with both its terms.
    if (entry > 0) rise_[entry] = std::clamp(rise_[entry], rise_[entry - 1] - 1, rise_[entry - 1]);
  }
}

double RoundedSum::entries(double log_q, double log_value) {
  return last_difference(log_q, log_value) - first_difference(log_q, log_value) + 1;
}

RoundedKnapsack::RoundedKnapsack(KnapsackProblem problem, double kappa, const std::string& where)
    : problem_(std::move(problem)),
      log_q_(2 * std::log(kappa) / problem_.items() * (1 - kSpareAccuracy)),
      items_(problem_.items()) {
  place_rows(where);
  const std::vector<std::uint64_t> origins = problem_.origins();
  for (std::uint32_t i = 0; i < problem_.items(); ++i) {
    items_[i].weight = problem_.weights[i];
    items_[i].origin = origins[i + 1];
  }
  for_each_level([&](std::uint32_t level, const RoundedLevel& values) {
    if (level == 0)
      root_exponent_ = values.exponents.back();
    else
      place_level(items_[level - 1], values, where);
  });
}

// Where each item's rows lie; refuses what integers or double could not hold.
void RoundedKnapsack::place_rows(const std::string& where) {
  double largest_exponent = 0;
  double ulps = 0;
  double rows = 1;
  std::map<double, double> begin_of_value;
  for (const double value : problem_.log_values) {
    ulps = std::max(ulps, ratio_error(log_q_, value) / log_q_);
    largest_exponent += log_one_plus_exp(value) / log_q_ + 1;
    if (begin_of_value.emplace(value, rows).second) rows += RoundedSum::entries(log_q_, value) + 1;
  }
  if (!(ulps < kRoundingSlack) || !(largest_exponent < std::ldexp(1.0, 31)))
    throw Error(ErrorKind::kInput,
                where + ": values / temperature are too large, or kappa too close to 1, for " +
                    "masses rounded to powers of kappa^(2/n)");
  if (rows > std::ldexp(1.0, 30))
    throw Error(ErrorKind::kInput, where + ": the step laws need " + std::to_string(rows) +
                                       " rows, more than the 2^30 that a kernel can address");
  rows_ = static_cast<std::uint64_t>(rows);
  check_memory(table_bytes() + rows_ * 4 * sizeof(std::uint32_t), where + ": rounded counts");
  for (std::uint32_t i = 0; i < problem_.items(); ++i) {
    const double value = problem_.log_values[i];
    items_[i].row_begin = static_cast<std::uint32_t>(begin_of_value.at(value));
    items_[i].row_low = static_cast<std::uint32_t>(first_difference(log_q_, value));
    items_[i].row_span = static_cast<std::uint32_t>(RoundedSum::entries(log_q_, value)) - 1;
  }
}

// Levels lie in the tables in the order in which the program makes them.
void RoundedKnapsack::place_level(KnapsackItem& item, const RoundedLevel& values,
                                  const std::string& where) {
  const std::uint64_t size = values.capacities.size();
  const std::uint64_t extent = values.capacities.back() - item.origin;
  while (extent >> item.guide_shift >= 2 * size) ++item.guide_shift;
  item.last_bucket = static_cast<std::uint32_t>(extent >> item.guide_shift);
  item.guide_begin = static_cast<std::uint32_t>(buckets_);
  buckets_ += item.last_bucket + std::uint64_t{1};
  breakpoints_ += size;
  largest_level_ = std::max(largest_level_, size);
  for_each_bucket(item, values, [&](std::uint64_t, std::size_t first, std::size_t last) {
    list_words_ += words_of_many(last - first);
  });
  // The next level has at most twice as many, in the program's working memory too.
  check_memory(table_bytes() + rows_ * 4 * sizeof(std::uint32_t) + 128 * size,
               where + ": rounded counts");
  if ((buckets_ + 4 * size) * KnapsackView::kGuideWords >= kMaxGuideWords ||
      list_words_ + 8 * size >= KnapsackView::kManySteps)
    throw Error(ErrorKind::kInput,
                where + ": rounded counts need more words than a kernel can address");
}

std::uint64_t RoundedKnapsack::table_bytes() const {
  return (list_words_ + buckets_ * KnapsackView::kGuideWords) * sizeof(std::uint32_t) +
         items_.size() * sizeof(KnapsackItem);
}

void RoundedKnapsack::for_each_level(
    const std::function<void(std::uint32_t level, const RoundedLevel&)>& visit) const {
  const std::vector<std::uint64_t> origins = problem_.origins();
  const std::uint32_t n = problem_.items();
  RoundedLevel below{{origins[n]}, {0}};
  visit(n, below);
  RoundedLevel level;
  RoundedSum sum(log_q_, problem_.log_values[n - 1]);
  for (std::uint32_t i = n; i-- > 0;) {
    const bool same_value = i + 1 < n && problem_.log_values[i] == problem_.log_values[i + 1];
    if (i + 1 < n && !same_value) sum = RoundedSum(log_q_, problem_.log_values[i]);
    level.capacities.clear();
    level.exponents.clear();
    for_each_piece(below.capacities, problem_.weights[i], origins[i], problem_.capacity,
                   [&](std::uint64_t from, std::size_t without, std::size_t with) {
                     const std::uint32_t exponent =
                         with == kDoesNotFit ? below.exponents[without]
                                             : sum(below.exponents[without], below.exponents[with]);
                     if (!level.exponents.empty() && exponent == level.exponents.back()) return;
                     level.capacities.push_back(from);
                     level.exponents.push_back(exponent);
                   });
    std::swap(level, below);
    visit(i, below);
  }
}

double RoundedKnapsack::log_ratio_error(double log_value) const {
  return ratio_error(log_q_, log_value);
}

double RoundedKnapsack::log_rounding() const {
  double sum = 0;
  for (const double value : problem_.log_values) sum += ratio_error(log_q_, value);
  return sum;
}

std::shared_ptr<const KnapsackCounts> RoundedKnapsack::tables() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (tables_) return tables_;
  auto counts = std::make_shared<KnapsackCounts>();
  counts->breakpoints = TableMemory<std::uint32_t>(list_words_);
  counts->guide = TableMemory<std::uint32_t>(buckets_ * KnapsackView::kGuideWords);
  std::uint64_t place = 0;
  for_each_level([&](std::uint32_t level, const RoundedLevel& values) {
    if (level == 0) return;
    place = fill_level(items_[level - 1], values, place, *counts);
  });
  tables_ = std::move(counts);
  return tables_;
}

kernels::KnapsackTables RoundedKnapsack::search_view() const {
  const std::shared_ptr<const KnapsackCounts> counts = tables();
  return {items_.data(), counts->breakpoints.data(), counts->guide.data()};
}

}  // namespace wend
