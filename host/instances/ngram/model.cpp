#include "host/instances/ngram/model.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "host/instances/ngram/contexts.hpp"
#include "host/instances/ngram/corpus.hpp"
#include "host/oracles/log_rounding.hpp"

namespace wend {
namespace {

// Numbers contexts in the order in which they are met.
class ContextIndex {
 public:
  explicit ContextIndex(std::size_t longest) : longest_(longest) { find_or_add({}); }

  // The context after reading `history`, which may be longer than a context.
  std::uint32_t find_or_add(std::u16string_view history) {
    history.remove_prefix(history.size() - std::min(history.size(), longest_));
    const auto [entry, added] = numbers_.try_emplace(std::u16string(history), size());
    if (added) strings_.emplace_back(history);
    return entry->second;
  }
  [[nodiscard]] const std::u16string& string(std::uint32_t context) const {
    return strings_[context];
  }
  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(strings_.size()); }

 private:
  std::size_t longest_;
  std::unordered_map<std::u16string, std::uint32_t> numbers_;
  std::vector<std::u16string> strings_;
};

struct Event {
  std::uint32_t context;
  std::uint32_t symbol;
  std::uint32_t next;
};

std::vector<Event> read_events(const Corpus& corpus, ContextIndex& index) {
  std::vector<Event> events;
  events.reserve(corpus.symbols.size() + corpus.begins.size());
  for (std::size_t w = 0; w + 1 < corpus.begins.size(); ++w) {
    const std::u16string_view word =
        std::u16string_view(corpus.symbols)
            .substr(corpus.begins[w], corpus.begins[w + 1] - corpus.begins[w]);
    std::uint32_t context = 0;
    for (std::size_t i = 0; i < word.size(); ++i) {
      const std::uint32_t next = index.find_or_add(word.substr(0, i + 1));
      events.push_back({context, word[i], next});
      context = next;
    }
    events.push_back({context, NgramModel::kEnd, NgramModel::kNoContext});
  }
  return events;
}

void add_all_contexts(NgramModel& model, ContextIndex& index) {
  std::u16string history;
  for (std::uint32_t context = 0; context < index.size(); ++context) {
    for (std::uint32_t c = 1; c < model.alphabet; ++c) {
      history = index.string(context);
      history.push_back(static_cast<char16_t>(c));
      model.next[std::size_t{context} * model.alphabet + c] = index.find_or_add(history);
    }
  }
}

// Turns a row of counts into logs of Lidstone's probabilities. Returns the most that one is off by:
// the last places of two logarithms and of their difference, and what their arguments lost.
double smooth_row(double* row, std::uint32_t alphabet, double smoothing) {
  double total = 0;
  for (std::uint32_t c = 0; c < alphabet; ++c) total += row[c];
  const double log_total = std::log(total + smoothing * alphabet);
  double largest = 0;
  for (std::uint32_t c = 0; c < alphabet; ++c) {
    const double log_count = std::log(row[c] + smoothing);
    if (std::isfinite(log_count)) largest = std::max(largest, std::abs(log_count));
    // Apart from rounding a special case of the rule, but a tiny smoothing could underflow in it.
    row[c] = total == 0 ? -std::log(static_cast<double>(alphabet)) : log_count - log_total;
  }
  const double sizes = total == 0 ? std::log(static_cast<double>(alphabet))
                                  : largest + (std::isfinite(log_total) ? std::abs(log_total) : 0);
  return kHalfUlp * (3 * sizes + 4);
}

}  // namespace

NgramModel corpus_model(const std::filesystem::path& file, std::uint32_t order, double smoothing,
                        const std::string& where, std::u32string_view characters) {
  Corpus corpus = read_corpus(file, where, characters);
  NgramModel model;
  model.has_end = true;
  model.alphabet = static_cast<std::uint32_t>(corpus.characters.size()) + 1;
  model.words = corpus.begins.size() - 1;

  ContextIndex index(order - 1);
  const std::vector<Event> events = read_events(corpus, index);
  const std::uint64_t contexts =
      smoothing > 0 ? count_contexts(model.alphabet - 1, order) : index.size();
  check_model_memory(contexts, model.alphabet, where);
  model.contexts = static_cast<std::uint32_t>(contexts);
  model.next.assign(contexts * model.alphabet, NgramModel::kNoContext);
  if (smoothing > 0) add_all_contexts(model, index);

  model.log_probability.assign(contexts * model.alphabet, 0.0);
  for (const Event& event : events) {
    const std::size_t entry = std::size_t{event.context} * model.alphabet + event.symbol;
    model.log_probability[entry] += 1.0;
    model.next[entry] = event.next;
  }
  for (std::uint64_t context = 0; context < contexts; ++context)
    model.log_error = std::max(
        model.log_error,
        smooth_row(&model.log_probability[context * model.alphabet], model.alphabet, smoothing));
  model.characters = std::move(corpus.characters);
  return model;
}

}  // namespace wend
