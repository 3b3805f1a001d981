#include "host/oracles/pattern_syntax.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "wend/error.hpp"

namespace wend {
namespace {

constexpr std::size_t kMostBytes = 4096;
constexpr std::size_t kMostNested = 200;
constexpr std::uint64_t kMostRepeats = 1000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

class Check {
 public:
  explicit Check(std::string_view pattern) : pattern_(pattern) {}

  void operator()() {
    if (pattern_.size() > kMostBytes)
      refuse(fmt::format("{} bytes, more than {}", pattern_.size(), kMostBytes));
    while (at_ < pattern_.size()) {
      const char c = pattern_[at_];
      switch (c) {
        case '(':
          if (groups_.size() > kMostNested) refuse_here("too deeply nested");
          groups_.push_back(1);
          repeatable_ = false;
          break;
        case ')':
          if (groups_.size() == 1) refuse_here("`)` closes nothing");
          add_atom(groups_.back());
          groups_.pop_back();
          break;
        case '|':
          repeatable_ = false;
          break;
        case '*':
        case '+':
        case '?':
          repeat(1);
          break;
        case '{':
          repeat(read_braces());
          break;
        case '[':
          pass_bracket();
          add_atom(1);
          break;
        case '\\':
          pass_escape();
          add_atom(1);
          break;
        case '^':
        case '$':
          refuse_here(
              fmt::format("the whole sequence is matched in any case; write \\{} for the "
                          "character",
                          c));
        default:
          add_atom(1);
      }
      ++at_;
    }
  }

 private:
  [[noreturn]] static void refuse(const std::string& reason) {
    throw Error(ErrorKind::kUsage, "pattern", reason);
  }
  [[noreturn]] void refuse_here(const std::string& reason) const {
    refuse(fmt::format("byte {}: {}", at_ + 1, reason));
  }

  // `repeats`: the most that braces within it repeat something.
  void add_atom(std::uint64_t repeats) {
    atom_ = repeats;
    // Of the group around it, which for a group's end is one further out.
    std::uint64_t& group = groups_[groups_.size() - (pattern_[at_] == ')' ? 2 : 1)];
    group = std::max(group, repeats);
    repeatable_ = true;
  }

  void repeat(std::uint64_t times) {
    if (!repeatable_) refuse_here("there is nothing to repeat");
    if (atom_ * times > kMostRepeats)
      refuse_here(fmt::format("more than {} repetitions", kMostRepeats));
    groups_.back() = std::max(groups_.back(), atom_ * times);
    repeatable_ = false;
  }

  std::uint64_t read_number() {
    std::uint64_t number = 0;
    if (at_ == pattern_.size() || !is_digit(pattern_[at_]))
      refuse_here("a number must follow, as in {2}, {2,} or {2,5}");
    for (; at_ < pattern_.size() && is_digit(pattern_[at_]); ++at_) {
      number = 10 * number + static_cast<std::uint64_t>(pattern_[at_] - '0');
      if (number > kMostRepeats) refuse_here(fmt::format("more than {} repetitions", kMostRepeats));
    }
    return number;
  }

  // Leaves at_ at the closing brace.
  std::uint64_t read_braces() {
    ++at_;
    std::uint64_t most = read_number();
    if (at_ < pattern_.size() && pattern_[at_] == ',') {
      ++at_;
      if (at_ < pattern_.size() && pattern_[at_] != '}') most = std::max(most, read_number());
    }
    if (at_ == pattern_.size() || pattern_[at_] != '}') refuse_here("`{` is not closed");
    return std::max<std::uint64_t>(most, 1);
  }

  // Leaves at_ at the closing bracket.
  void pass_bracket() {
    std::size_t end = at_ + 1;
    if (end < pattern_.size() && pattern_[end] == '^') ++end;
    if (end < pattern_.size() && pattern_[end] == ']') ++end;
    for (; end < pattern_.size() && pattern_[end] != ']'; ++end)
      if (pattern_[end] == '[' && end + 1 < pattern_.size() &&
          std::string_view(":.=").find(pattern_[end + 1]) != std::string_view::npos)
        refuse_here("classes of characters by name are not known; write their ranges");
    if (end >= pattern_.size()) refuse_here("`[` is not closed");
    at_ = end;
  }

  void pass_escape() {
    if (at_ + 1 == pattern_.size()) refuse_here("a backslash at the end");
    const auto escaped = static_cast<unsigned char>(pattern_[at_ + 1]);
    if (escaped < 128 && std::isalnum(escaped) != 0)
      refuse_here("a backslash stands before characters that are neither letters nor digits");
    ++at_;
  }

  std::string_view pattern_;
  std::size_t at_ = 0;
  bool repeatable_ = false;               // what was read last can be repeated
  std::uint64_t atom_ = 1;                // its repetitions
  std::vector<std::uint64_t> groups_{1};  // open groups, and what is around them: repetitions
};

}  // namespace

void check_pattern_syntax(std::string_view pattern) { Check{pattern}(); }

}  // namespace wend
