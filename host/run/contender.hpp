#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <string>

#include "wend/choice.hpp"

namespace wend {

/// Calls `action`; where it throws Error(kUsage or kInput), keeps that in `refusal` and returns
/// what it says, with its field in backquotes. Else nothing.
std::string refused_by(const std::function<void()>& action, std::exception_ptr& refusal);

/// What Algorithm::kAuto chooses among: one way to draw, and the pilots that tell what it takes.
/// Whoever compares knows nothing else of it.
class Contender {
 public:
  Contender() = default;
  Contender(const Contender&) = delete;
  Contender& operator=(const Contender&) = delete;
  virtual ~Contender() = default;

  /// False if nothing is left for a pilot to tell that the comparison needs.
  [[nodiscard]] virtual bool needs_pilot() const = 0;
  /// Carries its pilot on to twice the size that it has, or begins it with `tours` tours or what
  /// takes as long; it asks for at most `most_queries` in this call. Throws OracleFailure; what
  /// else it finds to be in the way candidate() tells.
  virtual void measure(std::uint64_t tours, std::uint64_t most_queries) = 0;
  /// Queries that its pilot has asked; rows that an asked oracle has computed for it.
  [[nodiscard]] virtual std::uint64_t queries() const = 0;
  [[nodiscard]] virtual std::uint64_t evaluations() const = 0;

  /// One that fits wherever this one does and is never dearer, by what is proven; null: none.
  [[nodiscard]] virtual const Contender* dominated_by() const { return nullptr; }
  /// True if no way to draw independent samples can take fewer queries, by what is proven.
  [[nodiscard]] virtual bool unbeatable() const { return false; }

  /// What is known of it now.
  [[nodiscard]] virtual Candidate candidate() const = 0;
  /// The error that a run of it would end with before it draws; null: none that is known of.
  [[nodiscard]] virtual std::exception_ptr refusal() const = 0;
};

}  // namespace wend
