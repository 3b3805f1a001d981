#include "host/instances/ngram/model.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "host/base/memory_limit.hpp"
#include "host/base/printable.hpp"
#include "host/base/utf8.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

constexpr double kNoMass = -std::numeric_limits<double>::infinity();
constexpr std::uint32_t kMaxAlphabet = 65535;
constexpr std::uint16_t kEnd = 0;
constexpr std::uint64_t kContextBytes = 160;  // of the index, a context, at a guess

[[noreturn]] void refuse(const std::string& where, const std::string& reason) {
  throw Error(ErrorKind::kInput, where + ": " + reason);
}

std::string shown(const std::filesystem::path& file) { return printable(file.string(), 4096); }

struct Corpus {
  std::u32string characters;        // sorted, each once
  std::u16string symbols;           // of all words, one after another, without ends
  std::vector<std::size_t> begins;  // where each word begins, and the end of the last
};

std::string read_text(const std::filesystem::path& file, const std::string& where) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(file, error);
  if (error) refuse(where, shown(file) + ": " + error.message());
  // The text, its code points, and for each a symbol, an event and at most a context.
  check_memory(static_cast<std::uint64_t>(size) * 24, where + ": reading " + shown(file));
  std::ifstream stream(file, std::ios::binary);
  std::string text(static_cast<std::size_t>(size), '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!stream) refuse(where, shown(file) + ": cannot be read");
  return text;
}

Corpus read_corpus(const std::filesystem::path& file, const std::string& where,
                   std::u32string_view characters) {
  const std::string text = read_text(file, where);
  std::string_view rest = text;
  if (rest.starts_with("\xEF\xBB\xBF")) rest.remove_prefix(3);
  Corpus corpus;
  corpus.begins.push_back(0);
  std::u32string points;
  for (std::uint64_t line_number = 1; !rest.empty(); ++line_number) {
    const std::size_t length = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, length);
    rest.remove_prefix(std::min(length + 1, rest.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    if (!append_utf8(line, points))
      refuse(where, shown(file) + ":" + std::to_string(line_number) + ": not valid UTF-8");
    corpus.begins.push_back(points.size());
  }
  if (points.empty()) refuse(where, shown(file) + ": has no word");

  corpus.characters = characters.empty() ? std::u32string_view(points) : characters;
  std::ranges::sort(corpus.characters);
  corpus.characters.erase(std::unique(corpus.characters.begin(), corpus.characters.end()),
                          corpus.characters.end());
  if (corpus.characters.size() + 1 > kMaxAlphabet)
    refuse(where, shown(file) + ": has " + std::to_string(corpus.characters.size()) +
                      " different code points; at most 65534 are supported");
  corpus.symbols.reserve(points.size());
  for (const char32_t point : points) {
    const auto at = std::ranges::lower_bound(corpus.characters, point);
    corpus.symbols.push_back(static_cast<char16_t>(at - corpus.characters.begin() + 1));
  }
  return corpus;
}

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
    events.push_back({context, kEnd, NgramModel::kNoContext});
  }
  return events;
}

// letters^0 + ... + letters^(order-1), or the largest number if it is larger than that.
std::uint64_t count_contexts(std::uint64_t letters, std::uint32_t order) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t sum = 0;
  std::uint64_t power = 1;
  for (std::uint32_t k = 0; k < order; ++k) {
    if (sum > kMost - power) return kMost;
    sum += power;
    if (power > kMost / letters) return k + 1 < order ? kMost : sum;
    power *= letters;
  }
  return sum;
}

void check_model_memory(std::uint64_t contexts, std::uint32_t alphabet, const std::string& where) {
  const std::uint64_t per_context =
      std::uint64_t{alphabet} * (sizeof(double) + sizeof(std::uint32_t)) + kContextBytes;
  const std::string what = where + ": " + std::to_string(contexts) + " contexts of " +
                           std::to_string(alphabet) + " symbols";
  if (contexts >= NgramModel::kNoContext) refuse(what, "too many; lower the order");
  check_memory(contexts * per_context, what);
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

// Turns a row of counts into logs of Lidstone's probabilities.
void smooth_row(double* row, std::uint32_t alphabet, double smoothing) {
  double total = 0;
  for (std::uint32_t c = 0; c < alphabet; ++c) total += row[c];
  for (std::uint32_t c = 0; c < alphabet; ++c) {
    // Apart from rounding a special case of the rule, but a tiny smoothing could underflow in it.
    row[c] = total == 0 ? -std::log(static_cast<double>(alphabet))
                        : std::log(row[c] + smoothing) - std::log(total + smoothing * alphabet);
  }
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
    smooth_row(&model.log_probability[context * model.alphabet], model.alphabet, smoothing);
  model.characters = std::move(corpus.characters);
  return model;
}

NgramModel transition_model(std::vector<double> weights, std::uint32_t alphabet,
                            std::uint32_t order, const std::string& where) {
  const std::uint64_t contexts = count_contexts(alphabet, order);
  check_model_memory(contexts, alphabet, where);
  NgramModel model;
  model.alphabet = alphabet;
  model.contexts = static_cast<std::uint32_t>(contexts);
  model.log_probability.assign(contexts * alphabet, 0.0);
  model.next.assign(contexts * alphabet, NgramModel::kNoContext);

  // Contexts of k symbols are numbered from first[k] on, in the order of their value in base A.
  const std::uint64_t full = weights.size() / alphabet;
  const std::uint64_t first_full = contexts - full;
  std::vector<double>& rows = model.log_probability;
  for (std::uint64_t r = 0; r < full; ++r) {
    double largest = 0;
    for (std::uint32_t c = 0; c < alphabet; ++c) {
      const double weight = weights[r * alphabet + c];
      if (!(weight >= 0) || std::isinf(weight))
        refuse(where, "row " + std::to_string(r) + ", symbol " + std::to_string(c) +
                          ": must be finite and not negative");
      largest = std::max(largest, weight);
    }
    if (largest == 0) refuse(where, "row " + std::to_string(r) + ": sums to zero");
    // Scaled by the largest, so that no sum overflows.
    double total = 0;
    for (std::uint32_t c = 0; c < alphabet; ++c) total += weights[r * alphabet + c] / largest;
    for (std::uint32_t c = 0; c < alphabet; ++c)
      rows[(first_full + r) * alphabet + c] = weights[r * alphabet + c] / largest / total;
  }
  // A shorter context is the mean over the symbol before it.
  std::uint64_t longer = first_full;
  for (std::uint64_t size = full / alphabet; size > 0; size /= alphabet) {
    const std::uint64_t first = longer - size;
    for (std::uint64_t oldest = 0; oldest < alphabet; ++oldest)
      for (std::uint64_t i = 0; i < size * alphabet; ++i)
        rows[first * alphabet + i] +=
            rows[(longer + oldest * size) * alphabet + i] / static_cast<double>(alphabet);
    longer = first;
  }
  std::uint64_t first = 0;
  for (std::uint64_t size = 1; size <= full; size *= alphabet) {
    for (std::uint64_t i = 0; i < size * alphabet; ++i) {
      if (rows[first * alphabet + i] == 0) continue;
      const std::uint64_t next = size == full ? first + i % full : first + size + i;
      model.next[first * alphabet + i] = static_cast<std::uint32_t>(next);
    }
    first += size;
  }
  std::ranges::transform(rows, rows.begin(),
                         [](double p) { return p > 0 ? std::log(p) : kNoMass; });
  return model;
}

}  // namespace wend
