#include "host/oracles/pattern_syntax.hpp"
#include "wend/automaton.hpp"
#include "wend/error.hpp"

// In place of regular_expression.cpp where there is no libfa.
namespace wend {

Automaton regular_expression(const std::string& pattern) {
  check_pattern_syntax(pattern);
  throw Error(ErrorKind::kUsage, "pattern",
              "this wend was built without libfa (libaugeas-dev), which regular expressions need");
}

}  // namespace wend
