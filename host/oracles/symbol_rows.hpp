#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "host/oracles/spelling.hpp"
#include "wend/automaton.hpp"

namespace wend {

/// Where symbols lead in an automaton, row by row: of the states that whole symbols lead to, which
/// get numbers of their own. Rows are kept in bounded memory; what drops out is computed again.
/// Safe for several threads.
class SymbolRows {
 public:
  using Number = std::uint16_t;
  static constexpr Number kRefused = 0;   ///< from here on nothing is accepted
  static constexpr Number kComplete = 1;  ///< accepted, and its end symbol read
  static constexpr Number kFirst = 2;     ///< of the states; the start
  static constexpr std::size_t kMostStates = 65534;
  using Row = std::vector<Number>;  ///< A: where each symbol leads

  /// Throws Error(kUsage), which starts with `where`, for too many states.
  SymbolRows(Automaton automaton, const SequenceShape& shape, std::uint64_t row_bytes,
             const std::string& where);

  /// Where a sequence leads; kRefused also for what cannot be reached. O(letters).
  [[nodiscard]] Number follow(std::span<const std::uint32_t> symbols) const;
  /// O(1), or O(letters of all symbols) where the row dropped out.
  [[nodiscard]] std::shared_ptr<const Row> row(Number state) const;

  /// One more than the last number.
  [[nodiscard]] std::size_t numbers() const { return kFirst + automaton_state_.size(); }
  [[nodiscard]] bool accepting(Number state) const {
    return automaton_.accepting[automaton_state_[state - kFirst]] != 0;
  }
  /// Different states that symbols other than end symbols lead to from `state`.
  [[nodiscard]] const std::vector<Number>& successors(Number state) const {
    return successors_[state - kFirst];
  }
  /// Times that a row was computed, the first times included.
  [[nodiscard]] std::uint64_t computed() const;

 private:
  void explore(const std::string& where);
  [[nodiscard]] Row compute(Number state) const;
  std::shared_ptr<const Row> keep(Number state, Row row) const;

  Automaton automaton_;
  std::uint32_t alphabet_;
  std::vector<char> ends_;  // of each symbol: it ends a sequence
  Spelling spelling_;
  std::vector<Number> number_;                   // of the automaton's states; kRefused: none
  std::vector<std::uint32_t> automaton_state_;   // by number
  std::vector<std::vector<Number>> successors_;  // by number, without kRefused

  // The kept rows. Which they are decides how long row() takes, nothing else.
  std::size_t most_rows_;
  mutable std::mutex mutex_;
  mutable std::vector<std::shared_ptr<const Row>> rows_;  // by number; null: not kept
  mutable std::vector<char> used_;                        // since the hand came by
  mutable std::vector<Number> kept_;
  mutable std::size_t hand_ = 0;
  mutable std::uint64_t computed_ = 0;
};

}  // namespace wend
