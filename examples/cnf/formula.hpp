#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace wend::examples {

/// A formula in conjunctive normal form. Literal v > 0 is variable v, -v its negation.
struct Cnf {
  std::uint32_t variables = 0;
  std::vector<std::vector<int>> clauses;
};

/// Reads a file in the DIMACS format. Throws wend::Error(kInput) that names the file, line and
/// reason.
Cnf read_dimacs(const std::filesystem::path& file);

/// What is left of a formula once its first variables have values: symbol 1 is true.
struct Residual {
  std::vector<std::vector<int>> clauses;  ///< of two literals or more
  std::uint32_t free = 0;                 ///< variables without a value, in these clauses or not
};

/// Sets the variables of a prefix and whatever clauses of one literal then force. nullopt: there is
/// a clause that nothing makes true. O(literals x rounds of forcing).
std::optional<Residual> condition(const Cnf& formula, const std::vector<std::uint32_t>& prefix);

/// True if a whole assignment makes every clause true.
bool satisfies(const Cnf& formula, const std::vector<std::uint32_t>& assignment);

}  // namespace wend::examples
