extern "C" {
#include <fa.h>  // without guards for C++
}

#include <array>
#include <cstddef>
#include <memory>
#include <unordered_map>

#include "host/oracles/pattern_syntax.hpp"
#include "wend/automaton.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

struct Free {
  void operator()(fa* automaton) const { fa_free(automaton); }
};

[[noreturn]] void refuse(const std::string& reason) {
  throw Error(ErrorKind::kUsage, "pattern", reason);
}

std::string reason_of(int code) {
  if (code < 0 || code > REG_ERPAREN) return "not a regular expression";  // regerror would abort
  std::array<char, 256> text{};
  regerror(code, nullptr, text.data(), text.size());
  return text.data();
}

}  // namespace

Automaton regular_expression(const std::string& pattern) {
  check_pattern_syntax(pattern);
  fa* compiled = nullptr;
  const int code = fa_compile(pattern.data(), pattern.size(), &compiled);
  const std::unique_ptr<fa, Free> expression(compiled);
  if (code != REG_NOERROR) refuse(reason_of(code));
  if (fa_minimize(compiled) != 0) throw Error(ErrorKind::kRuntime, "pattern", "out of memory");

  std::unordered_map<const state*, std::uint32_t> numbers;
  for (state* s = fa_state_initial(compiled); s != nullptr; s = fa_state_next(s))
    numbers.try_emplace(s, numbers.size());
  Automaton automaton;
  automaton.next.assign(numbers.size() * automaton.letters, Automaton::kNowhere);
  std::size_t row = 0;
  for (state* s = fa_state_initial(compiled); s != nullptr; s = fa_state_next(s)) {
    automaton.accepting.push_back(fa_state_is_accepting(s) ? 1 : 0);
    for (std::size_t i = 0; i < fa_state_num_trans(s); ++i) {
      state* to = nullptr;
      unsigned char first = 0;
      unsigned char last = 0;
      fa_state_trans(s, i, &to, &first, &last);
      for (std::size_t byte = first; byte <= last; ++byte)
        automaton.next[row + byte] = numbers.at(to);
    }
    row += automaton.letters;
  }
  return automaton;
}

}  // namespace wend
