#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "wend/class_result.hpp"
#include "wend/counters.hpp"

namespace wend {

/// An array of ClassChains, by the name that output files and messages give it.
struct ClassCounter {
  const char* name;
  std::vector<std::uint64_t> ClassChains::*values;
  bool adds_up;  ///< the sum over chains has a meaning, shared version space or not
};

/// All of them but `truth`, which not every run has.
inline constexpr std::array kClassCounters = {
    ClassCounter{"paths", &ClassChains::paths, true},
    ClassCounter{"scouted", &ClassChains::scouted, true},
    ClassCounter{"proposals", &ClassChains::proposals, true},
    ClassCounter{"accepted", &ClassChains::accepted, true},
    ClassCounter{"rejected", &ClassChains::rejected, true},
    ClassCounter{"direct", &ClassChains::direct, true},
    ClassCounter{"queries_interior", &ClassChains::queries_interior, true},
    ClassCounter{"queries_leaf", &ClassChains::queries_leaf, true},
    ClassCounter{"nodes_asked", &ClassChains::nodes_asked, true},
    ClassCounter{"nodes_skipped", &ClassChains::nodes_skipped, true},
    ClassCounter{"samples", &ClassChains::samples, true},
    ClassCounter{"queries_to_first", &ClassChains::queries_to_first, false},
    ClassCounter{"phases", &ClassChains::phases, false},
    ClassCounter{"eliminated", &ClassChains::eliminated, false}};

/// Counters of chains that have not begun; with `replicates`, truths to be filled in.
ClassChains chains_at_zero(std::uint64_t chains, bool replicates = false);

/// Checks the conservation laws of class-elimination chain by chain, and the run's own sums.
/// Returns the totals: proposals, accepted, rejected, samples, queries (interior and leaf), and as
/// steps the symbols drawn. O(chains).
/// Throws Error(kRuntime) that names the first chain that breaks a law, and the law.
///
/// Laws, of every chain, H being `horizon` and a path asked any but a direct one without `audit`:
/// paths = scouted + proposals + direct; proposals = accepted + rejected; samples = accepted +
/// direct; nodes asked + skipped = H paths asked; leaf queries >= paths asked; nodes asked <=
/// queries; eliminated < members; truth < members; queries to the first sample: 0 without one, else
/// at most those of all chains. With `budget_spent`, one path of a chain may have been cut off:
/// nodes asked + skipped may be short by up to H, and leaf queries by 1; the same for each of
/// result.paths_exhausted.
/// Of the run: interior + leaf queries = `oracle_queries`, what the oracle counted = queries before
/// + after certification; accepted = samples certified; direct = samples direct.
Counters reconcile_class(const ClassResult& result, std::uint32_t horizon,
                         std::uint64_t oracle_queries, bool audit, bool budget_spent);

}  // namespace wend
