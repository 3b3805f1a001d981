#include "host/oracles/symbol_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "wend/error.hpp"

namespace wend {
namespace {

constexpr std::uint64_t kMostSuccessors = std::uint64_t{1} << 28U;

}  // namespace

SymbolRows::SymbolRows(Automaton automaton, const SequenceShape& shape, std::uint64_t row_bytes,
                       const std::string& where)
    : automaton_(std::move(automaton)),
      alphabet_(shape.alphabet),
      ends_(shape.alphabet, 0),
      spelling_(automaton_, shape),
      number_(automaton_.accepting.size(), kRefused),
      most_rows_(std::max<std::uint64_t>(row_bytes / (sizeof(Number) * alphabet_), 1)) {
  for (const std::uint32_t symbol : shape.end) ends_[symbol] = 1;
  explore(where);
}

// Numbers states as rows lead to them.
void SymbolRows::explore(const std::string& where) {
  number_[0] = kFirst;
  automaton_state_.push_back(0);
  std::vector<std::size_t> met_from(kFirst, 0);  // by number: 1 + the last state that led there
  std::uint64_t count = 0;
  for (std::size_t s = 0; s < automaton_state_.size(); ++s) {
    std::vector<Number> successors;
    spelling_.for_each_symbol(
        automaton_, automaton_state_[s], [&](std::uint32_t symbol, std::uint32_t reached) {
          if (ends_[symbol] != 0 || reached == Automaton::kNowhere) return;
          if (number_[reached] == kRefused) {
            if (automaton_state_.size() == kMostStates)
              throw Error(ErrorKind::kUsage, where,
                          fmt::format("more than {} states between symbols", kMostStates));
            number_[reached] = static_cast<Number>(numbers());
            automaton_state_.push_back(reached);
          }
          const Number number = number_[reached];
          if (met_from.size() <= number) met_from.resize(number + std::size_t{1}, 0);
          if (met_from[number] == s + 1) return;
          met_from[number] = s + 1;
          successors.push_back(number);
        });
    count += successors.size();
    if (count > kMostSuccessors)
      throw Error(ErrorKind::kUsage, where,
                  fmt::format("more than 2^28 pairs of states in {}", automaton_state_.size()));
    successors_.push_back(std::move(successors));
  }
  rows_.resize(numbers());
  used_.resize(numbers(), 0);
}

SymbolRows::Number SymbolRows::follow(std::span<const std::uint32_t> symbols) const {
  const std::uint32_t state = spelling_.follow(automaton_, symbols);
  return state == Automaton::kNowhere ? kRefused : number_[state];
}

SymbolRows::Row SymbolRows::compute(Number state) const {
  Row row(alphabet_);
  const Number ended = accepting(state) ? kComplete : kRefused;
  spelling_.for_each_symbol(automaton_, automaton_state_[state - kFirst],
                            [&](std::uint32_t symbol, std::uint32_t reached) {
                              if (ends_[symbol] != 0)
                                row[symbol] = ended;
                              else
                                row[symbol] =
                                    reached == Automaton::kNowhere ? kRefused : number_[reached];
                            });
  return row;
}

std::shared_ptr<const SymbolRows::Row> SymbolRows::row(Number state) const {
  {
    const std::scoped_lock lock(mutex_);
    if (rows_[state]) {
      used_[state] = 1;
      return rows_[state];
    }
  }
  return keep(state, compute(state));
}

// By the clock rule: what was used since the hand came by last is spared once.
std::shared_ptr<const SymbolRows::Row> SymbolRows::keep(Number state, Row row) const {
  const std::scoped_lock lock(mutex_);
  ++computed_;
  if (rows_[state]) return rows_[state];  // another thread's
  if (kept_.size() < most_rows_) {
    kept_.push_back(state);
  } else {
    for (; used_[kept_[hand_]] != 0; hand_ = (hand_ + 1) % kept_.size()) used_[kept_[hand_]] = 0;
    rows_[kept_[hand_]].reset();
    kept_[hand_] = state;
    hand_ = (hand_ + 1) % kept_.size();
  }
  rows_[state] = std::make_shared<const Row>(std::move(row));
  return rows_[state];
}

std::uint64_t SymbolRows::computed() const {
  const std::scoped_lock lock(mutex_);
  return computed_;
}

}  // namespace wend
