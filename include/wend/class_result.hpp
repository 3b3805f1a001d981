#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace wend {

/// What the chains of class-elimination have done: one element a chain in every array.
struct ClassChains {
  std::vector<std::uint64_t> paths;      ///< drawn from V: scouted + proposals + direct
  std::vector<std::uint64_t> scouted;    ///< while V was not certified
  std::vector<std::uint64_t> proposals;  ///< while it was: accepted + rejected
  std::vector<std::uint64_t> accepted;
  std::vector<std::uint64_t> rejected;
  std::vector<std::uint64_t> direct;  ///< samples of the one member left, without a query (but
                                      ///< one each with options.audit)
  std::vector<std::uint64_t> queries_interior;
  std::vector<std::uint64_t> queries_leaf;
  std::vector<std::uint64_t> nodes_asked;    ///< path nodes with a child asked
  std::vector<std::uint64_t> nodes_skipped;  ///< path nodes with none: H (paths - unaudited direct)
                                             ///< = asked + skipped, but for a path that the query
                                             ///< budget cut off
  std::vector<std::uint64_t> samples;        ///< accepted + direct
  std::vector<std::uint64_t> queries_to_first;  ///< queries of the chain (shared: of all chains)
                                                ///< up to its first sample; 0 without one
  std::vector<std::uint64_t> phases;            ///< begun; shared: those of all chains, at each
  std::vector<std::uint64_t> eliminated;        ///< |F| - |V| at the end; shared: the same at each
  std::vector<std::uint64_t> truth;             ///< with options.replicates; else empty

  [[nodiscard]] std::uint64_t chains() const { return paths.size(); }
};

/// One phase: V is fixed in it. With independent chains, the sum or mean over those that had it.
struct ClassPhase {
  std::uint64_t chains = 0;  ///< chains that had this phase; shared: all
  double members = 0;        ///< |V|; independent: the mean
  std::uint64_t paths = 0;
  std::uint64_t queries = 0;
  std::uint64_t certified = 0;  ///< chains that certified V; shared: 1 or 0
};

struct ClassResult {
  std::uint64_t members = 0;           ///< |F|
  std::uint64_t paths_to_certify = 0;  ///< N
  double bound = 0;                    ///< C = 2 kappa^2
  ClassChains chains;
  std::vector<ClassPhase> phases;
  std::uint64_t queries_before = 0;  ///< before V was certified or had one member
  std::uint64_t queries_after = 0;
  std::uint64_t samples_certified = 0;  ///< drawn from a certified V of several members
  std::uint64_t samples_direct = 0;     ///< drawn from the one member left
  double proven_queries = 0;  ///< A H N (log2|F| + 1): most, before certification, a version space
  std::optional<std::uint64_t> survivor;  ///< shared: the one member left
  /// With Correction::kWalk: members left, whose mean the walk goes by.
  std::uint64_t left = 0;
  /// With Correction::kWalk: the last round's answers left no member, so that those that were left
  /// before it are the ones, and its paths that ended for that.
  bool exhausted = false;
  std::uint64_t paths_exhausted = 0;
};

}  // namespace wend
