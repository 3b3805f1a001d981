#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <utility>

#include "host/base/no_mass.hpp"
#include "host/oracles/sequence_shape.hpp"
#include "host/oracles/symbol_rows.hpp"
#include "wend/automaton.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

constexpr std::size_t kMostValues = std::size_t{1} << 28U;  // 1 GiB

void check_automaton(const Automaton& automaton, const SequenceShape& shape,
                     const std::string& where) {
  const auto refuse = [&](const std::string& reason) {
    throw Error(ErrorKind::kUsage, where, reason);
  };
  const std::size_t states = automaton.accepting.size();
  if (states == 0 || automaton.next.empty() || automaton.next.size() % states != 0)
    refuse(fmt::format("{} transitions of {} states", automaton.next.size(), states));
  const std::size_t columns = automaton.next.size() / states;
  const std::uint32_t letters = shape.symbol_bytes.empty() ? shape.alphabet : 256;
  if (automaton.letters != letters)
    refuse(fmt::format("an automaton over {} letters for {} of {}", automaton.letters, letters,
                       shape.symbol_bytes.empty() ? "symbols" : "bytes, values"));
  if (automaton.column.empty() ? columns != letters : automaton.column.size() != letters)
    refuse(fmt::format("columns of {} letters, of which there are {}",
                       automaton.column.empty() ? columns : automaton.column.size(), letters));
  for (const std::uint32_t column : automaton.column)
    if (column >= columns) refuse(fmt::format("column {} of {}", column, columns));
  for (const std::uint32_t next : automaton.next)
    if (next >= states && next != Automaton::kNowhere)
      refuse(fmt::format("a transition to state {} of {}", next, states));
}

// Whether states can still be completed, by the number of symbols that are left. From some number
// on the answers repeat, as each is a function of the one before.
class Completions {
 public:
  Completions(const SymbolRows& rows, bool has_end, std::uint32_t horizon, const std::string& where)
      : rows_(rows), has_end_(has_end) {
    std::map<std::vector<float>, std::size_t> seen;
    std::vector<float> values = of_leaves();
    for (std::size_t left = 0; left <= horizon; ++left) {
      const auto [found, fresh] = seen.try_emplace(values, left);
      if (!fresh) {
        first_ = found->second;
        break;
      }
      values_.push_back(values);
      if (values_.size() * values.size() > kMostValues)
        throw Error(ErrorKind::kUsage, where,
                    fmt::format("{} states, for each of {} symbols and more to come, are too many",
                                rows.numbers(), left));
      first_ = left + 1;  // nothing has repeated yet
      values = one_more(values);
    }
  }

  /// ln of 1 or 0 by a state's number, of nodes with `left` symbols to come.
  [[nodiscard]] const std::vector<float>& with(std::size_t left) const {
    if (left < values_.size()) return values_[left];
    return values_[first_ + (left - first_) % (values_.size() - first_)];
  }

 private:
  [[nodiscard]] std::vector<float> of_leaves() const {
    std::vector<float> values(rows_.numbers(), kNoMassFloat);
    values[SymbolRows::kComplete] = 0;
    for (std::size_t s = SymbolRows::kFirst; s < values.size(); ++s)
      if (rows_.accepting(static_cast<SymbolRows::Number>(s))) values[s] = 0;
    return values;
  }

  [[nodiscard]] std::vector<float> one_more(const std::vector<float>& below) const {
    std::vector<float> values(below.size(), kNoMassFloat);
    values[SymbolRows::kComplete] = 0;
    for (std::size_t s = SymbolRows::kFirst; s < values.size(); ++s) {
      const auto state = static_cast<SymbolRows::Number>(s);
      const bool ends = has_end_ && rows_.accepting(state);
      if (ends || std::ranges::any_of(rows_.successors(state),
                                      [&](SymbolRows::Number next) { return below[next] == 0; }))
        values[s] = 0;
    }
    return values;
  }

  const SymbolRows& rows_;
  bool has_end_;
  std::vector<std::vector<float>> values_;  // by symbols left
  std::size_t first_ = 0;                   // of those that repeat
};

// It keeps nothing of slots: the state is found anew from the whole prefix, whose letters are far
// fewer than the symbols of a row, so that it may be a part of several oracles at once.
class AutomatonPotential final : public Potential {
 public:
  AutomatonPotential(Automaton automaton, const SequenceShape& shape, std::string name,
                     std::uint64_t row_bytes)
      : rows_(std::move(automaton), shape, row_bytes, name),
        completions_(rows_, !shape.end.empty(), shape.horizon, name) {
    traits_.name = std::move(name);
    traits_.alphabet = shape.alphabet;
    traits_.horizon = shape.horizon;
    traits_.never_rises = true;
    traits_.decided_by_bucket = true;
    traits_.end = sorted_ends(shape);
    traits_.buckets = static_cast<std::uint32_t>(rows_.numbers());
    if (completions_.with(shape.horizon)[SymbolRows::kFirst] != 0)
      throw Error(ErrorKind::kUsage, traits_.name,
                  fmt::format("accepts no sequence of {}{} symbols",
                              shape.end.empty() ? "" : "at most ", shape.horizon));
  }

  [[nodiscard]] const PotentialTraits& traits() const override { return traits_; }

  void evaluate(std::uint32_t /*context*/, const OracleBatch& batch, const std::uint32_t* /*end*/,
                const PotentialRows& rows) override {
    for (std::uint32_t i = 0; i < batch.size; ++i) {
      const std::uint32_t depth = batch.depth[i];
      float* children = rows.children + std::size_t{i} * traits_.alphabet;
      const SymbolRows::Number state = rows_.follow({batch.prefix[i], depth});
      rows.own[i] = completions_.with(traits_.horizon - depth)[state];
      if (state == SymbolRows::kRefused) {
        std::fill_n(children, traits_.alphabet, kNoMassFloat);
        continue;
      }
      const std::shared_ptr<const SymbolRows::Row> row = rows_.row(state);
      const SymbolRows::Number* next = row->data();
      const float* value = completions_.with(traits_.horizon - depth - 1).data();
      for (std::uint32_t c = 0; c < traits_.alphabet; ++c) children[c] = value[next[c]];
    }
  }

  void name_buckets(std::uint32_t /*context*/, const OracleBatch& batch, std::uint32_t* children,
                    std::uint32_t* own) override {
    for (std::uint32_t i = 0; i < batch.size; ++i) {
      const SymbolRows::Number state = rows_.follow({batch.prefix[i], batch.depth[i]});
      own[i] = state;
      std::uint32_t* names = children + std::size_t{i} * traits_.alphabet;
      if (state == SymbolRows::kRefused)
        std::fill_n(names, traits_.alphabet, 0U);
      else
        std::ranges::copy(*rows_.row(state), names);
    }
  }

 private:
  SymbolRows rows_;
  Completions completions_;
  PotentialTraits traits_;
};

}  // namespace

std::shared_ptr<Potential> make_automaton_potential(Automaton automaton, const SequenceShape& shape,
                                                    std::string name, std::uint64_t row_bytes) {
  check_shape(shape, name);
  check_automaton(automaton, shape, name);
  return std::make_shared<AutomatonPotential>(std::move(automaton), shape, std::move(name),
                                              row_bytes);
}

}  // namespace wend
