#include "host/instances/class/corpora.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>

#include "host/instances/class/families.hpp"
#include "host/instances/ngram/model.hpp"
#include "host/oracles/log_rounding.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

// Contexts as the symbols they stand for.
using History = std::u16string;

// The context after `symbol`: the last `longest` symbols.
History after(const History& context, std::uint32_t symbol, std::size_t longest) {
  History history = context;
  history.push_back(static_cast<char16_t>(symbol));
  if (history.size() > longest) history.erase(0, history.size() - longest);
  return history;
}

// What each context of a model stands for: every context follows another, but the empty one.
std::vector<History> histories(const NgramModel& model, std::size_t longest) {
  std::vector<History> found(model.contexts);
  std::vector<char> is_found(model.contexts, 0);
  std::vector<std::uint32_t> queue{0};
  is_found[0] = 1;
  for (std::size_t q = 0; q < queue.size(); ++q) {
    const std::uint32_t context = queue[q];
    for (std::uint32_t c = 0; c < model.alphabet; ++c) {
      const std::uint32_t next = model.next[std::uint64_t{context} * model.alphabet + c];
      if (next == NgramModel::kNoContext || is_found[next] != 0) continue;
      is_found[next] = 1;
      found[next] = after(found[context], c, longest);
      queue.push_back(next);
    }
  }
  return found;
}

std::u32string all_characters(const std::vector<std::filesystem::path>& corpora,
                              const std::string& where) {
  std::u32string all;
  for (const std::filesystem::path& file : corpora)
    all += corpus_model(file, 1, 0, where).characters;
  std::ranges::sort(all);
  all.erase(std::unique(all.begin(), all.end()), all.end());
  // Every symbol, the end of a word included, is below 65,535.
  if (all.size() > 65534)
    throw Error(ErrorKind::kInput, where + ": the corpora have " + std::to_string(all.size()) +
                                       " different code points; at most 65534 are supported");
  return all;
}

}  // namespace

CorporaMembers corpora_members(const std::vector<std::filesystem::path>& corpora,
                               std::uint32_t order, double smoothing, std::uint32_t horizon,
                               const std::string& where) {
  CorporaMembers result;
  result.characters = all_characters(corpora, where);
  const std::size_t longest = order - 1;

  std::vector<NgramModel> models;
  std::vector<std::vector<std::uint32_t>> numbers(corpora.size());  // of each model's contexts
  std::vector<History> contexts;
  std::unordered_map<History, std::uint32_t> index;
  for (std::size_t i = 0; i < corpora.size(); ++i) {
    models.push_back(corpus_model(corpora[i], order, smoothing, where, result.characters));
    for (History& history : histories(models[i], longest)) {
      const auto [entry, added] =
          index.try_emplace(history, static_cast<std::uint32_t>(contexts.size()));
      numbers[i].push_back(entry->second);
      if (added) contexts.push_back(std::move(history));
    }
  }

  const auto alphabet = static_cast<std::uint32_t>(result.characters.size()) + 1;
  const auto ended = static_cast<std::uint32_t>(contexts.size());  // the context after an end
  result.members = empty_table({.alphabet = alphabet,
                                .horizon = horizon,
                                .count = static_cast<std::uint32_t>(corpora.size()),
                                .seed = 0},
                               std::uint64_t{ended} + 1, where);
  // What no member can follow leads to context 0.
  std::vector<std::uint32_t>& next = result.members.next;
  for (std::uint64_t context = 0; context < ended; ++context) {
    next[context * alphabet] = ended;
    for (std::uint32_t c = 1; c < alphabet; ++c) {
      const auto known = index.find(after(contexts[context], c, longest));
      if (known != index.end()) next[context * alphabet + c] = known->second;
    }
  }
  std::fill(next.end() - alphabet, next.end(), ended);

  // A member's row is zero in the contexts that its corpus lacks; it cannot get there.
  const std::uint64_t stride = padded_members(corpora.size());
  TableMemory<double>& table = result.members.table;
  for (std::size_t i = 0; i < corpora.size(); ++i) {
    for (std::uint64_t context = 0; context < models[i].contexts; ++context)
      for (std::uint32_t c = 0; c < alphabet; ++c)
        table[(std::uint64_t{numbers[i][context]} * alphabet + c) * stride + i] =
            std::exp(models[i].log_probability[context * alphabet + c]);
    table[std::uint64_t{ended} * alphabet * stride + i] = 1.0;
    // What ln and exp round, of every symbol: exp's last place, and that rows sum to about 1.
    const double symbol_error =
        2 * models[i].log_error + kHalfUlp * (4 + static_cast<double>(alphabet));
    result.members.error = std::max(result.members.error, horizon * symbol_error);
  }
  return result;
}

}  // namespace wend
