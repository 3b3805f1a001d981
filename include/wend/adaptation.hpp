#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace wend {

/// A family of estimates that training tried.
struct AdaptedFamily {
  std::string name;  ///< "untrained", "depth", "depth and last symbol", ..
  /// Queries of an effective sample, as scouts measured them last, with its share of the pilot run
  /// that K would take; for a proven K that times the queries of a visit. Infinite where no scout
  /// came to a leaf.
  double cost = 0;
  /// The same in evaluations, by which families of oracles that are asked are chosen; none of
  /// tables.
  std::optional<double> evaluations;
  /// Its K is that of the tours that scouts saw, and no bound that is of use is known of longer
  /// ones. Over tables it is not taken then if another one has a bound.
  bool at_least = false;
  /// Leaf visits of scouts that the costs rest on: of few they may be off by a factor of two or
  /// more. 0 where they are known without, or not at all.
  std::uint64_t visits = 0;
};

/// What training came to (SampleOptions::adapt). Scouts' draws are nobody's samples; what they
/// asked for is counted here and not in the run's totals.
struct Adaptation {
  std::string family;                   ///< that the samplers walk by
  std::vector<AdaptedFamily> families;  ///< all that were measured, untrained first
  std::uint32_t stages = 0;             ///< fits
  std::uint64_t queries = 0;            ///< of scouts: A an expansion, as of any walk
  std::uint64_t evaluations = 0;        ///< rows that scouts asked the oracle for
  std::uint64_t batches = 0;            ///< calls of it
  std::uint64_t explored = 0;           ///< nodes that are backed up by their children
  std::uint64_t bytes = 0;              ///< of what samplers keep of training
  /// ln of the mass of all sequences that were one symbol from a node that scouts asked for: ln Z
  /// is at least this. Of oracles that are asked alone.
  std::optional<double> log_mass_known;
  /// ln of the mass of all sequences that were drawn, each counted once; of oracles that are asked,
  /// while there are no more than 2^22 of them. Beside log_mass_known it tells how much of what is
  /// known a run holds.
  std::optional<double> log_mass_drawn;
  bool partial = false;  ///< a stop cut it short
  double seconds = 0;
  /// What speaks against a family that was asked for by its name: that it is much dearer than the
  /// untrained estimate, or was not taken for that. One clause, in which fields of SampleOptions
  /// stand in backquotes; empty: nothing.
  std::string note;
};

}  // namespace wend
