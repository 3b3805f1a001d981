#pragma once

#include <array>
#include <string_view>

namespace wend {

/// The walks and samplers; docs/design.md states their mathematics and sources.
enum class Algorithm {
  kAuto,             ///< the cheapest of the others that has a guarantee, by pilots (wend/plan.hpp)
  kJerrumSinclair,   ///< reversible walk on the prefix tree (Sinclair & Jerrum 1989)
  kLifted,           ///< the same edge flows, with a direction (after Hayes & Sinclair 2010)
  kSequential,       ///< forward sampling with a correction (Jerrum, Valiant & Vazirani 1986)
  kClassElimination  ///< for targets of a known class (Golowich, Moitra & Rohatgi 2026)
};

/// All that can be run. Those but class-elimination are walks.
inline constexpr std::array kAlgorithms = {Algorithm::kJerrumSinclair, Algorithm::kLifted,
                                           Algorithm::kSequential, Algorithm::kClassElimination};
/// What a run may be asked for.
inline constexpr std::array kAlgorithmChoices = {Algorithm::kAuto, Algorithm::kJerrumSinclair,
                                                 Algorithm::kLifted, Algorithm::kSequential,
                                                 Algorithm::kClassElimination};

/// What makes the sequential sampler's law right; kWalk that of class-elimination, where the class
/// need not hold the target.
enum class Correction {
  kReject,  ///< exact: restart from the root at a rejection
  kWeight,  ///< draws are biased; their log importance weights are part of the output
  kNone,    ///< biased, and not corrected
  kWalk     ///< exact: the members left are the estimate of a lifted walk to the oracle's leaves
};

/// Where K, the leaf visits before a sample, comes from.
enum class Visits { kDefault, kProven, kMeasured, kFixed };

/// Who shares the set of class members that the answers have not ruled out.
enum class VersionSpace {
  kShared,      ///< all chains: what one chain's query eliminates is gone for all
  kIndependent  ///< nobody: every chain is an experiment of its own
};

/// What the estimate of a walk is trained to be while scouts walk (docs/adapt.md).
enum class Adapt {
  kNone,     ///< it is left as it is
  kAuto,     ///< whichever of the following is measured to be cheapest, or none
  kDepth,    ///< w(u) times a factor by depth
  kBucket,   ///< by depth and bucket: OracleTraits::buckets, or the last symbol
  kFeatures  ///< ln of it a function, by depth, of what BatchOracle::bucket_features says of a
             ///< bucket
};
inline constexpr std::array kAdapts{Adapt::kNone, Adapt::kAuto, Adapt::kDepth, Adapt::kBucket,
                                    Adapt::kFeatures};
std::string_view to_string(Adapt adapt);

enum class Backend { kAuto, kCpu, kCuda };

/// How sure a run is of the total-variation distance it reports.
enum class GuaranteeKind { kProven, kMeasured, kNone };

std::string_view to_string(Algorithm algorithm);
std::string_view to_string(Correction correction);
std::string_view to_string(Visits visits);
std::string_view to_string(VersionSpace space);
std::string_view to_string(Backend backend);
std::string_view to_string(GuaranteeKind kind);

/// How chains meet their oracle.
enum class EngineKind {
  kAuto,     ///< kFused, but for oracles that are asked
  kFused,    ///< tables, compiled beforehand
  kLockstep  ///< in batches, while the chains walk
};
std::string_view to_string(EngineKind engine);

/// What becomes of an oracle whose answers are no function of the prefix, as a test before the run
/// finds.
enum class SelfTest {
  kRefuse,  ///< the run is refused
  kPin,     ///< every prefix keeps its first answer for the run: the target is what these define
  kOff      ///< it is not tested
};
std::string_view to_string(SelfTest test);

}  // namespace wend
