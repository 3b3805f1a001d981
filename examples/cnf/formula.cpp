#include "examples/cnf/formula.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string_view>
#include <system_error>
#include <utility>

#include "wend/error.hpp"

namespace wend::examples {
namespace {

constexpr std::uint32_t kMostVariables = 10'000;

class DimacsReader {
 public:
  explicit DimacsReader(const std::filesystem::path& file) : path_(file.string()), file_(file) {
    if (!file_) throw Error(ErrorKind::kInput, path_ + ": cannot be read");
  }

  Cnf read() {
    for (std::string text; std::getline(file_, text);) {
      ++line_;
      if (text.empty() || text.front() == 'c') continue;
      std::istringstream words(text);
      if (text.front() == 'p')
        read_header(words);
      else
        for (std::string word; words >> word;) take(word);
    }
    if (formula_.variables == 0) refuse("there is no line \"p cnf ...\"");
    if (!clause_.empty()) refuse("the last clause does not end with 0");
    if (missing_ != 0) refuse(fmt::format("{} clauses are missing", missing_));
    return std::move(formula_);
  }

 private:
  [[noreturn]] void refuse(const std::string& reason) const {
    throw Error(ErrorKind::kInput, fmt::format("{}: line {}: {}", path_, line_, reason));
  }

  void read_header(std::istringstream& words) {
    if (formula_.variables != 0) refuse("a second line \"p cnf ...\"");
    std::string p;
    std::string kind;
    if (!(words >> p >> kind >> formula_.variables >> missing_) || kind != "cnf")
      refuse("expected \"p cnf VARIABLES CLAUSES\"");
    if (formula_.variables < 1 || formula_.variables > kMostVariables)
      refuse(fmt::format("variables: must be 1 to {}", kMostVariables));
  }

  void take(std::string_view word) {
    if (formula_.variables == 0) refuse("a clause before the line \"p cnf ...\"");
    int literal = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), literal);
    if (error != std::errc() || end != word.data() + word.size() ||
        literal > static_cast<int>(formula_.variables) ||
        literal < -static_cast<int>(formula_.variables))
      refuse(fmt::format("\"{}\" is no literal of {} variables", word, formula_.variables));
    if (literal != 0) {
      clause_.push_back(literal);
      return;
    }
    if (missing_ == 0) refuse("more clauses than the line \"p cnf\" says");
    --missing_;
    std::ranges::sort(clause_);
    clause_.erase(std::unique(clause_.begin(), clause_.end()), clause_.end());
    const bool always = std::ranges::any_of(
        clause_, [&](int one) { return std::ranges::binary_search(clause_, -one); });
    if (!always) formula_.clauses.push_back(clause_);
    clause_.clear();
  }

  std::string path_;
  std::ifstream file_;
  std::uint64_t line_ = 0;
  std::uint64_t missing_ = 0;
  Cnf formula_;
  std::vector<int> clause_;
};

std::size_t variable_of(int literal) { return static_cast<std::size_t>(std::abs(literal)) - 1; }

}  // namespace

Cnf read_dimacs(const std::filesystem::path& file) { return DimacsReader(file).read(); }

std::optional<Residual> condition(const Cnf& formula, const std::vector<std::uint32_t>& prefix) {
  enum class Value : std::uint8_t { kFree, kFalse, kTrue };
  std::vector<Value> values(formula.variables, Value::kFree);
  const auto set = [&](std::size_t variable, bool value) {
    values[variable] = value ? Value::kTrue : Value::kFalse;
  };
  for (std::size_t v = 0; v < prefix.size(); ++v) set(v, prefix[v] != 0);

  Residual residual;
  for (bool forced = true; forced;) {
    forced = false;
    residual.clauses.clear();
    for (const std::vector<int>& clause : formula.clauses) {
      std::vector<int> left;
      bool satisfied = false;
      for (const int literal : clause) {
        const Value value = values[variable_of(literal)];
        if (value == Value::kFree)
          left.push_back(literal);
        else
          satisfied = satisfied || (value == Value::kTrue) == (literal > 0);
      }
      if (satisfied) continue;
      if (left.empty()) return std::nullopt;
      if (left.size() == 1) {
        set(variable_of(left.front()), left.front() > 0);
        forced = true;
      } else {
        residual.clauses.push_back(std::move(left));
      }
    }
  }
  residual.free = static_cast<std::uint32_t>(std::ranges::count(values, Value::kFree));
  return residual;
}

bool satisfies(const Cnf& formula, const std::vector<std::uint32_t>& assignment) {
  return std::ranges::all_of(formula.clauses, [&](const std::vector<int>& clause) {
    return std::ranges::any_of(clause, [&](int literal) {
      return (assignment[variable_of(literal)] != 0) == (literal > 0);
    });
  });
}

}  // namespace wend::examples
