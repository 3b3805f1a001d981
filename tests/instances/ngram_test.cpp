// Masses and estimates of n-gram graphs against enumeration of all sequences.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "host/instances/ngram/graph.hpp"
#include "host/instances/ngram/model.hpp"
#include "host/instances/ngram/transition.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

using Sequence = std::vector<std::uint32_t>;
using Kind = EstimateSpec::Kind;

// What the definitions say, with no state, no automaton and no logarithms.
struct Reference {
  std::uint32_t alphabet;
  bool has_end;
  std::uint32_t horizon;
  NgramConstraints constraints;
  std::function<double(const Sequence& history, std::uint32_t symbol)> probability;

  [[nodiscard]] bool ended(const Sequence& prefix) const {
    return has_end && !prefix.empty() && prefix.back() == 0;
  }
  [[nodiscard]] double conditional(const Sequence& prefix, std::uint32_t symbol) const {
    if (ended(prefix)) return symbol == 0 ? 1.0 : 0.0;
    return probability(prefix, symbol);
  }
  static bool occurs(const Sequence& pattern, const Sequence& text) {
    return std::search(text.begin(), text.end(), pattern.begin(), pattern.end()) != text.end();
  }
  [[nodiscard]] bool forbidden(const Sequence& text) const {
    return std::ranges::any_of(constraints.forbid,
                               [&](const Sequence& pattern) { return occurs(pattern, text); });
  }
  [[nodiscard]] double prefix_probability(const Sequence& prefix) const {
    double product = 1;
    Sequence read;
    for (const std::uint32_t symbol : prefix) {
      product *= conditional(read, symbol);
      read.push_back(symbol);
    }
    return product;
  }
  // Probability that the next `seen` symbols complete nothing forbidden, and that all is well at
  // the end if it comes within them.
  [[nodiscard]] double ahead(const Sequence& prefix, std::uint32_t seen) const {
    if (forbidden(prefix)) return 0;
    if (prefix.size() == horizon) {
      for (const Sequence& pattern : constraints.require)
        if (!occurs(pattern, prefix)) return 0;
      return has_end ? conditional(prefix, 0) : 1.0;
    }
    if (seen == 0) return 1;
    double sum = 0;
    for (std::uint32_t c = 0; c < alphabet; ++c) {
      const double p = conditional(prefix, c);
      if (p == 0) continue;
      Sequence longer = prefix;
      longer.push_back(c);
      sum += p * ahead(longer, seen - 1);
    }
    return sum;
  }
  [[nodiscard]] double mass(const Sequence& prefix) const {
    return prefix_probability(prefix) * ahead(prefix, horizon);
  }
};

void for_each_sequence(std::uint32_t alphabet, std::uint32_t length,
                       const std::function<void(const Sequence&)>& visit) {
  Sequence sequence(length, 0);
  for (;;) {
    visit(sequence);
    std::uint32_t i = length;
    while (i > 0 && ++sequence[i - 1] == alphabet) sequence[--i] = 0;
    if (i == 0) return;
  }
}

// ln of the prefix's `values` (masses or estimates) in the graph; -inf if it has no state.
double graph_log(const StateGraph& graph, const std::vector<double>& values,
                 const Sequence& prefix) {
  double sum = 0;
  std::uint32_t state = 0;
  for (std::uint32_t h = 0; h < prefix.size(); ++h) {
    const std::uint64_t edge = graph.edge(h, state, prefix[h]);
    state = graph.target[edge];
    if (state == StateGraph::kNoState) return -std::numeric_limits<double>::infinity();
    sum += graph.log_edge[edge];
  }
  return sum + values[graph.layer_begin[prefix.size()] + state];
}

// Checks every prefix of every length; returns the number of leaves with mass.
int expect_reference(const NgramGraph& product, const Reference& reference,
                     const EstimateSpec& estimate) {
  const StateGraph& graph = product.graph;
  int positive = 0;
  for (std::uint32_t h = 0; h <= reference.horizon; ++h) {
    double sum = 0;
    for_each_sequence(reference.alphabet, h, [&](const Sequence& prefix) {
      const double mass = reference.mass(prefix);
      sum += mass;
      EXPECT_NEAR(std::exp(graph_log(graph, graph.log_mass, prefix)), mass, 1e-12 * mass)
          << testing::PrintToString(prefix);
      const double w = std::exp(graph_log(graph, graph.log_estimate, prefix));
      if (h == reference.horizon) {
        EXPECT_EQ(std::exp(log_mass(graph, prefix.data())), w);
        positive += w > 0 ? 1 : 0;
      }
      switch (estimate.kind) {
        case Kind::kLookahead:
          EXPECT_NEAR(
              w, reference.prefix_probability(prefix) * reference.ahead(prefix, estimate.depth),
              1e-12 * w)
              << testing::PrintToString(prefix);
          EXPECT_GE(w * (1 + 1e-12), mass);
          break;
        case Kind::kNoise:
          EXPECT_LE(w, mass * estimate.kappa * (1 + 1e-12));
          EXPECT_GE(w, mass / estimate.kappa * (1 - 1e-12));
          break;
        default:
          EXPECT_NEAR(w, mass, 1e-12 * mass);
      }
    });
    EXPECT_NEAR(sum, std::exp(graph.log_mass[0]), 1e-12) << "depth " << h;
  }
  return positive;
}

std::vector<EstimateSpec> all_estimates() {
  std::vector<EstimateSpec> list(6);
  list[1].kind = list[2].kind = Kind::kNoise;
  list[1].kappa = list[2].kappa = 3.0;
  list[2].model = EstimateSpec::Model::kSign;
  list[3].kind = list[4].kind = list[5].kind = Kind::kLookahead;
  list[3].depth = 1;
  list[4].depth = 2;
  list[5].depth = 9;
  return list;
}

const std::vector<std::string> kWords = {"abc", "ab",  "bca", "cab", "aab", "bb",
                                         "a",   "abb", "ccc", "bab", "ab",  "cabba"};

// Symbols of a word of letters a, b, c.
Sequence to_symbols(const std::string& word) {
  Sequence symbols;
  for (const char letter : word) symbols.push_back(static_cast<std::uint32_t>(letter - 'a' + 1));
  return symbols;
}

double corpus_probability(std::uint32_t order, double smoothing, const Sequence& history,
                          std::uint32_t symbol) {
  double count = 0;
  double total = 0;
  for (const std::string& text : kWords) {
    Sequence word = to_symbols(text);
    word.push_back(0);
    for (std::size_t i = 0; i < word.size(); ++i) {
      // The same number of symbols of history, as far as order - 1 of them matter.
      const std::size_t mine = std::min<std::size_t>(i, order - 1);
      if (mine != std::min<std::size_t>(history.size(), order - 1)) continue;
      if (!std::equal(word.begin() + static_cast<std::ptrdiff_t>(i - mine),
                      word.begin() + static_cast<std::ptrdiff_t>(i),
                      history.end() - static_cast<std::ptrdiff_t>(mine)))
        continue;
      total += 1;
      if (word[i] == symbol) count += 1;
    }
  }
  const double scale = total + 4 * smoothing;
  return scale > 0 ? (count + smoothing) / scale : 0.0;
}

class CorpusFile {
 public:
  CorpusFile() : path_(std::filesystem::path(testing::TempDir()) / "wend_ngram_test_words.txt") {
    std::ofstream stream(path_);
    for (const std::string& word : kWords) stream << word << '\n';
  }
  CorpusFile(const CorpusFile&) = delete;
  CorpusFile& operator=(const CorpusFile&) = delete;
  ~CorpusFile() { std::filesystem::remove(path_); }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::vector<NgramConstraints> corpus_constraints() {
  const auto symbols = [](const std::vector<std::string>& words) {
    std::vector<Sequence> list(words.size());
    std::ranges::transform(words, list.begin(), to_symbols);
    return list;
  };
  return {{},
          {symbols({"bb"}), {}},
          {symbols({"abb", "ca", "abb"}), {}},
          {{}, symbols({"ab"})},
          {{}, symbols({"ab", "b", "ba"})},
          {symbols({"cc", "aa"}), symbols({"ab", "b"})}};
}

TEST(Ngram, CorpusMassesAndEstimatesAreThoseOfEnumeration) {
  const CorpusFile file;
  int positive = 0;
  for (const std::uint32_t order : {1U, 2U, 3U}) {
    for (const double smoothing : {0.0, 0.3}) {
      const NgramModel model = corpus_model(file.path(), order, smoothing, "test");
      ASSERT_EQ(model.alphabet, 4U);
      ASSERT_EQ(model.words, kWords.size());
      for (const NgramConstraints& constraints : corpus_constraints()) {
        const std::uint32_t horizon = 4;  // "cabba" is longer than that
        const Reference reference{4, true, horizon, constraints,
                                  [=](const Sequence& history, std::uint32_t symbol) {
                                    return corpus_probability(order, smoothing, history, symbol);
                                  }};
        for (const EstimateSpec& estimate : all_estimates())
          positive +=
              expect_reference(build_ngram_graph(model, constraints, horizon, estimate, "test"),
                               reference, estimate);
      }
    }
  }
  EXPECT_GT(positive, 1000);
}

TEST(Ngram, TransitionMassesAndEstimatesAreThoseOfEnumeration) {
  const std::uint32_t alphabet = 3;
  const std::vector<NgramConstraints> all = {
      {}, {{{0, 0}, {2}}, {}}, {{}, {{1, 2}, {0}}}, {{{0, 1, 0}}, {{2, 2}}}};
  for (const std::uint32_t order : {1U, 2U, 3U}) {
    std::vector<double> weights(static_cast<std::size_t>(std::pow(alphabet, order)));
    for (std::size_t i = 0; i < weights.size(); ++i)
      weights[i] = static_cast<double>((i * 7 + 3) % 5);  // some are zero, no row is
    // An unseen history is uniform: the mean over all its values, one symbol at a time.
    const std::function<double(Sequence, std::uint32_t)> probability = [&](Sequence history,
                                                                           std::uint32_t symbol) {
      if (history.size() >= order - 1) {
        std::size_t row = 0;
        for (std::size_t i = history.size() + 1 - order; i < history.size(); ++i)
          row = row * alphabet + history[i];
        double total = 0;
        for (std::size_t c = 0; c < alphabet; ++c) total += weights[row * alphabet + c];
        return weights[row * alphabet + symbol] / total;
      }
      history.insert(history.begin(), 0);
      double sum = 0;
      for (; history[0] < alphabet; ++history[0]) sum += probability(history, symbol);
      return sum / alphabet;
    };
    const NgramModel model = transition_model(weights, alphabet, order, 4, "test");
    for (const NgramConstraints& constraints : all) {
      const Reference reference{alphabet, false, 4, constraints, probability};
      for (const EstimateSpec& estimate : all_estimates())
        expect_reference(build_ngram_graph(model, constraints, 4, estimate, "test"), reference,
                         estimate);
    }
  }
}

// Symbol 3 is never drawn, so that its rows are never needed and may be zero; so may the row of 2,
// 2 where nothing leads to it.
TEST(Ngram, TransitionRowsThatAreNotMetMayBeZero) {
  const std::uint32_t alphabet = 4;
  for (const std::uint32_t order : {2U, 3U}) {
    const auto weight = [order](const Sequence& history, std::uint32_t symbol) {
      const bool unmet =
          std::ranges::count(history, 3) > 0 || (order == 3 && history == Sequence{2, 2});
      const bool never = symbol == 3 || (history.back() == 2 && symbol == 2);
      return unmet || never ? 0.0 : 1.0 + (history[0] * 5 + history.back() * 3 + symbol * 2) % 7;
    };
    std::vector<double> weights;
    for_each_sequence(alphabet, order - 1, [&](const Sequence& history) {
      for (std::uint32_t c = 0; c < alphabet; ++c) weights.push_back(weight(history, c));
    });
    const auto total = [&](const Sequence& history) {
      double sum = 0;
      for (std::uint32_t c = 0; c < alphabet; ++c) sum += weight(history, c);
      return sum;
    };
    // Negative where no row of the history has weight.
    const std::function<double(Sequence, std::uint32_t)> probability = [&](Sequence history,
                                                                           std::uint32_t symbol) {
      if (history.size() + 1 >= order) {
        history.erase(history.begin(), history.end() - static_cast<std::ptrdiff_t>(order - 1));
        return total(history) > 0 ? weight(history, symbol) / total(history) : -1.0;
      }
      history.insert(history.begin(), 0);
      double sum = 0;
      int rows = 0;
      for (; history[0] < alphabet; ++history[0]) {
        const double p = probability(history, symbol);
        sum += std::max(p, 0.0);
        rows += p >= 0 ? 1 : 0;
      }
      return rows > 0 ? sum / rows : -1.0;
    };
    const NgramModel model = transition_model(weights, alphabet, order, 4, "test");
    int positive = 0;
    for (const NgramConstraints& constraints :
         {NgramConstraints{}, NgramConstraints{{{0, 1}}, {{2}}}}) {
      const Reference reference{alphabet, false, 4, constraints,
                                [&](const Sequence& history, std::uint32_t symbol) {
                                  // Of prefixes without mass no more is asked.
                                  return std::max(probability(history, symbol), 0.0);
                                }};
      for (const EstimateSpec& estimate : all_estimates())
        positive += expect_reference(build_ngram_graph(model, constraints, 4, estimate, "test"),
                                     reference, estimate);
    }
    EXPECT_GT(positive, 200);
  }
}

std::string transition_refusal(const std::vector<double>& weights, std::uint32_t alphabet,
                               std::uint32_t order, std::uint32_t horizon) {
  try {
    static_cast<void>(transition_model(weights, alphabet, order, horizon, "test"));
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Ngram, TransitionRowsThatAreMetMustHaveWeight) {
  // From the start to 1 or 2, from 0 to 1, from 1 to 2, from where nothing leads on.
  const std::vector<double> chain = {0, 1, 0, 0, 0, 1, 0, 0, 0};
  EXPECT_EQ(transition_refusal(chain, 3, 2, 1), "accepted");
  EXPECT_EQ(transition_refusal(chain, 3, 2, 2), "test: row 2: sums to zero");
  // The history 1 1 is met after two symbols, where 1 can follow 1.
  EXPECT_EQ(transition_refusal({1, 0, 1, 1, 1, 0, 0, 0}, 2, 3, 2), "accepted");
  EXPECT_EQ(transition_refusal({1, 0, 1, 1, 1, 0, 0, 0}, 2, 3, 3), "test: row 3: sums to zero");
  EXPECT_EQ(transition_refusal({1, 0, 1, 0, 1, 0, 0, 0}, 2, 3, 9), "accepted");
  // The start takes the mean of what there is: nothing, after a 1.
  EXPECT_EQ(transition_refusal({1, 1, 0, 0, 1, 1, 0, 0}, 2, 3, 9),
            "test: every row whose history ends in 1 sums to zero; the start needs one that does "
            "not");
  EXPECT_EQ(transition_refusal({1, 1, 0, 0, 1, 1, 0, 0}, 2, 3, 1), "accepted");
  EXPECT_EQ(transition_refusal(std::vector<double>(8, 0.0), 2, 3, 1),
            "test: every row sums to zero; the start needs one that does not");
  EXPECT_EQ(transition_refusal({0, 0}, 2, 1, 1), "test: row 0: sums to zero");
  std::vector<double> deep(81, 1.0);  // after 2, 1 with anything before
  for (std::size_t oldest = 0; oldest < 3; ++oldest)
    for (std::size_t c = 0; c < 3; ++c) deep[(oldest * 9 + 7) * 3 + c] = 0;
  EXPECT_EQ(transition_refusal(deep, 3, 4, 9),
            "test: every row whose history ends in 2 1 sums to zero; the start needs one that "
            "does not");
}

TEST(Ngram, LookaheadHasDeadEndsAndSeesThemWhenDeepEnough) {
  // After 1, three more symbols complete the forbidden 1xx0 or 1xx1 whatever they are.
  NgramConstraints constraints;
  for (std::uint32_t bits = 0; bits < 8; ++bits)
    constraints.forbid.push_back({1, static_cast<std::uint32_t>(bits >> 2U & 1U),
                                  static_cast<std::uint32_t>(bits >> 1U & 1U),
                                  static_cast<std::uint32_t>(bits & 1U)});
  const NgramModel model = transition_model({0.5, 0.5}, 2, 1, 8, "test");
  EstimateSpec estimate;
  estimate.kind = Kind::kLookahead;
  estimate.depth = 2;
  const StateGraph blind = build_ngram_graph(model, constraints, 8, estimate, "test").graph;
  const auto w = [&](const Sequence& prefix) {
    return std::exp(graph_log(blind, blind.log_estimate, prefix));
  };
  EXPECT_DOUBLE_EQ(w({1}), 0.5);
  EXPECT_EQ(graph_log(blind, blind.log_mass, {1}), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(w({1, 0}), 0.0);
  EXPECT_EQ(w({1, 1}), 0.0);
  EXPECT_EQ(actual_kappa(blind), std::numeric_limits<double>::infinity());

  estimate.depth = 3;
  const StateGraph sees = build_ngram_graph(model, constraints, 8, estimate, "test").graph;
  EXPECT_EQ(graph_log(sees, sees.log_estimate, {1}), -std::numeric_limits<double>::infinity());
}

}  // namespace
}  // namespace wend
