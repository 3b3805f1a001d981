#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "wend/algorithm.hpp"

namespace wend {

/// An expected figure that a pilot has measured, and the limits that it lies between with a
/// confidence near 99.9%. Without a measurement: anything.
struct Expected {
  double value = std::numeric_limits<double>::infinity();
  double low = 0;
  double high = std::numeric_limits<double>::infinity();
  /// As the upper limit, with a confidence near 90%: what a cautious person would reckon with.
  double cautious = std::numeric_limits<double>::infinity();
};

/// One way to draw what a run asks for, and what it would come to.
struct Candidate {
  std::string name;  ///< for people: "lifted", "sequential with rejection"
  Algorithm algorithm = Algorithm::kLifted;
  std::string unfit;  ///< why it cannot be run; empty: it can, and what follows is of it
  GuaranteeKind guarantee = GuaranteeKind::kNone;
  std::optional<double> tv;  ///< that the run could claim, as far as can be known before it
  /// The least that it may turn out to be, by what the pilot leaves possible; <= tv.
  std::optional<double> least_tv;
  std::string why;  ///< of the guarantee
  std::uint64_t chains = 0;

  // Of walks.
  std::optional<double> relaxation;       ///< visits to relax, proven
  std::optional<double> proven_visits;    ///< K, where a bound is known
  std::optional<double> measured_visits;  ///< K by the tours of the pilot, at its confidence
  std::uint32_t first_visits = 0;         ///< K of the run, and
  std::uint32_t thin = 0;                 ///< leaf visits from draw to draw; else 0
  std::optional<double> visits_per_tour;
  /// E N^2 / E N of the leaf visits N of a tour: how many visits are worth one that is independent
  /// of the others, at most.
  std::optional<double> autocorrelation;

  std::optional<Expected> acceptance;        ///< of a proposal; sequential and class-elimination
  std::optional<double> queries_to_certify;  ///< class-elimination: before its first draw
  std::optional<bool> certified_in_pilot;    ///< the same: the pilot has come that far
  std::optional<double> queries_after;       ///< the same: of each draw after that
  Expected cost;                             ///< a draw that counts in full, in `unit`s
  double queries = 0;                        ///< of the whole run
  double steps = 0;                          ///< the same; infinite, as queries, if not known
  std::optional<double> evaluations;         ///< the same, of an oracle that is asked
  std::uint64_t pilot_queries = 0;           ///< what the pilot asked
  std::uint64_t pilot_evaluations = 0;       ///< rows that an asked oracle computed for it
  std::string measured_by;                   ///< what the pilot was; empty: there was none
  double pilot_seconds = 0;                  ///< of the pilot; as the next one
  /// Of the run on this machine; of plan() alone. It changes from one time to the next, and decides
  /// nothing.
  std::optional<double> seconds;
};

/// What Algorithm::kAuto stands for in a run: a function of the instance, the options and the seed,
/// not of time, threads, engines or backends.
struct Choice {
  std::vector<Candidate> candidates;
  std::size_t chosen = 0;
  std::string why;                      ///< in a person's words, in one line
  bool by_evaluations = false;          ///< costs are evaluations of an asked oracle, not queries
  std::uint64_t pilot_queries = 0;      ///< of all pilots
  std::uint64_t pilot_evaluations = 0;  ///< of all pilots, where the oracle is asked
  /// At [h - 1] the least accuracy that the nodes of depth h = 1..H-1 which pilots asked for leave
  /// possible (docs/choosing.md); 0: none was asked for.
  std::vector<double> least_kappa;

  [[nodiscard]] const Candidate& best() const { return candidates.at(chosen); }
};

}  // namespace wend
