#include "host/command/suggestion.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>

namespace wend {
namespace {

// Damerau's distance, of neighbours that are swapped once at most.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before;  // of the prefix of `a` that is two shorter
  std::vector<std::size_t> last(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::vector<std::size_t> row(b.size() + 1, i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t differs = a[i - 1] == b[j - 1] ? 0 : 1;
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + differs});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before = std::exchange(last, std::move(row));
  }
  return last.back();
}

}  // namespace

std::optional<std::string> suggestion(std::string_view text,
                                      const std::vector<std::string>& names) {
  std::optional<std::string> best;
  std::size_t least = 3;
  for (const std::string& name : names) {
    const std::size_t off = distance(text, name);
    if (off >= least || 2 * off >= name.size()) continue;
    least = off;
    best = name;
  }
  return best;
}

}  // namespace wend
