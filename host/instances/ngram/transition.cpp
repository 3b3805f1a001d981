#include "host/instances/ngram/transition.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "host/base/no_mass.hpp"
#include "host/base/refuse_input.hpp"
#include "host/instances/ngram/contexts.hpp"
#include "host/oracles/log_rounding.hpp"

namespace wend {
namespace {

/// Less than this would leave the doubles' full precision in the means of rows.
constexpr double kLeastShare = 0x1p-900;

// A row's largest weight.
double checked_largest(const double* weights, std::uint32_t alphabet, std::uint64_t row,
                       const std::string& where) {
  double largest = 0;
  for (std::uint32_t c = 0; c < alphabet; ++c) {
    const double weight = weights[c];
    if (!(weight >= 0) || std::isinf(weight))
      refuse_input(where, "row " + std::to_string(row) + ", symbol " + std::to_string(c) +
                              ": must be finite and not negative");
    largest = std::max(largest, weight);
  }
  return largest;
}

// Fills a model's rows, as probabilities, and its successors. Contexts of k symbols are numbered
// after those of fewer, in the order of their value in base A.
class Rows {
 public:
  Rows(NgramModel& model, std::uint64_t full, const std::string& where)
      : model_(model),
        alphabet_(model.alphabet),
        full_(full),
        first_full_(model.contexts - full),
        has_weight_(model.contexts, false),
        where_(where) {}

  void normalise(const std::vector<double>& weights) {
    for (std::uint64_t r = 0; r < full_; ++r) {
      const double* row = &weights[r * alphabet_];
      const double largest = checked_largest(row, alphabet_, r, where_);
      if (largest == 0) continue;
      has_weight_[first_full_ + r] = true;
      // Scaled by the largest, so that no sum overflows.
      double total = 0;
      for (std::uint32_t c = 0; c < alphabet_; ++c) total += row[c] / largest;
      for (std::uint32_t c = 0; c < alphabet_; ++c) {
        const double share = row[c] / largest / total;
        if (row[c] > 0 && share < kLeastShare)
          refuse_input(where_,
                       fmt::format("row {}, symbol {}: {} is less than 2^-900 of the row's sum", r,
                                   c, row[c]));
        probability(first_full_ + r, c) = share;
      }
    }
  }

  // A shorter context is the mean over the symbol before it, of those that have weight.
  void add_shorter() {
    std::uint64_t longer = first_full_;
    for (std::uint64_t size = full_ / alphabet_; size > 0; size /= alphabet_) {
      const std::uint64_t first = longer - size;
      std::vector<std::uint32_t> terms(size, 0);
      for (std::uint64_t i = 0; i < size * alphabet_; ++i)
        terms[i % size] += has_weight_[longer + i] ? 1U : 0U;
      for (std::uint64_t i = 0; i < size * alphabet_; ++i) {
        if (!has_weight_[longer + i]) continue;
        const std::uint64_t context = first + i % size;
        has_weight_[context] = true;
        for (std::uint32_t c = 0; c < alphabet_; ++c)
          probability(context, c) +=
              probability(longer + i, c) / static_cast<double>(terms[i % size]);
      }
      longer = first;
    }
  }

  void add_successors() {
    std::uint64_t first = 0;
    for (std::uint64_t size = 1; size <= full_; size *= alphabet_) {
      for (std::uint64_t i = 0; i < size * alphabet_; ++i) {
        if (model_.log_probability[first * alphabet_ + i] == 0) continue;
        const std::uint64_t next = size == full_ ? first + i % full_ : first + size + i;
        model_.next[first * alphabet_ + i] = static_cast<std::uint32_t>(next);
      }
      first += size;
    }
  }

  // Every context that is met must have a next symbol.
  void check_met(std::uint32_t horizon) const {
    std::vector<std::uint32_t> met = {0};
    std::vector<bool> seen(model_.contexts, false);
    seen[0] = true;
    std::size_t layer_end = 1;
    std::uint32_t depth = 0;
    for (std::size_t at = 0; at < met.size() && depth < horizon; ++at) {
      const std::uint32_t context = met[at];
      if (!has_weight_[context]) refuse_weightless(context);
      for (std::uint32_t c = 0; c < alphabet_; ++c) {
        const std::uint32_t next = model_.next[std::size_t{context} * alphabet_ + c];
        if (next == NgramModel::kNoContext || seen[next]) continue;
        seen[next] = true;
        met.push_back(next);
      }
      if (at + 1 == layer_end) {
        layer_end = met.size();
        ++depth;
      }
    }
  }

 private:
  double& probability(std::uint64_t context, std::uint32_t symbol) {
    return model_.log_probability[context * alphabet_ + symbol];
  }

  [[noreturn]] void refuse_weightless(std::uint64_t context) const {
    if (context >= first_full_)
      refuse_input(where_, "row " + std::to_string(context - first_full_) + ": sums to zero");
    std::uint64_t length = 0;
    for (std::uint64_t size = 1; context >= size; size *= alphabet_) {
      context -= size;
      ++length;
    }
    std::vector<std::uint64_t> history(length);
    for (std::uint64_t i = length; i-- > 0; context /= alphabet_) history[i] = context % alphabet_;
    const std::string of =
        length == 0 ? "" : fmt::format(" whose history ends in {}", fmt::join(history, " "));
    refuse_input(where_,
                 fmt::format("every row{} sums to zero; the start needs one that does not", of));
  }

  NgramModel& model_;
  const std::uint32_t alphabet_;
  const std::uint64_t full_;  // contexts of order - 1 symbols
  const std::uint64_t first_full_;
  std::vector<bool> has_weight_;
  const std::string& where_;
};

}  // namespace

NgramModel transition_model(const std::vector<double>& weights, std::uint32_t alphabet,
                            std::uint32_t order, std::uint32_t horizon, const std::string& where) {
  const std::uint64_t contexts = count_contexts(alphabet, order);
  check_model_memory(contexts, alphabet, where);
  NgramModel model;
  model.alphabet = alphabet;
  model.contexts = static_cast<std::uint32_t>(contexts);
  model.log_probability.assign(contexts * alphabet, 0.0);
  model.next.assign(contexts * alphabet, NgramModel::kNoContext);

  Rows rows(model, weights.size() / alphabet, where);
  rows.normalise(weights);
  rows.add_shorter();
  rows.add_successors();
  rows.check_met(horizon);
  double least = 0;
  for (double& probability : model.log_probability) {
    probability = probability > 0 ? std::log(probability) : kNoMass;
    if (probability != kNoMass) least = std::min(least, probability);
  }
  // A sum of A terms a row and a mean of A rows for each symbol that a context is shorter.
  model.log_error = kHalfUlp * (2 * -least + static_cast<double>(order) * (alphabet + 4.0));
  return model;
}

}  // namespace wend
