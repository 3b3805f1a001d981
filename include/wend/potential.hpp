#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "wend/instance.hpp"
#include "wend/oracle.hpp"

namespace wend {

/// Where a potential writes the logarithms of its values, in float; -inf is 0. Every element is to
/// be written.
struct PotentialRows {
  float* children = nullptr;  ///< n x A: ln V of child c of node i at [i * A + c]; of leaves the
                              ///< exact factor
  float* own = nullptr;       ///< n: ln V of node i itself, the same as in its parent's row; not
                              ///< read at the root, whose V is 1
};

/// What wend must know of a potential before it asks.
struct PotentialTraits {
  std::string name = "potential";  ///< for messages and reports
  std::uint32_t alphabet = 0;      ///< A; 0: of any
  std::uint32_t horizon = 0;       ///< H; 0: any
  /// V(c) <= V(u) for every child c of every node u, the root's V being 1: constraints, and
  /// rewards of at most 1 under bounds that only come down. The product with a base of S <= w is
  /// then an upper bound of the mass.
  bool never_rises = false;
  /// The symbols after which a sequence is complete, ascending; none: whichever they are.
  std::optional<std::vector<std::uint32_t>> end;
  /// Kinds of node that training may tell apart (OracleTraits::buckets); 1: none.
  std::uint32_t buckets = 1;
  /// V of a node, and of all that are below it, is a function of its depth and bucket alone: a
  /// constraint that is an automaton's. Those of a target are looked at together before anything is
  /// drawn, for they may leave no sequence.
  bool decided_by_bucket = false;
  std::uint64_t bytes = 0;       ///< of memory that it takes, for reports
  std::uint64_t call_bytes = 0;  ///< and of each call that runs at the same time
};

/// A factor of a target beside its base: a value V(u) at interior nodes, which decides how fast it
/// is sampled, and the exact factor of a sequence at leaves, which decides what is. V is a function
/// of the prefix alone, 1 at the root, and 0 only where all factors below are.
class Potential {
 public:
  Potential() = default;
  Potential(const Potential&) = delete;
  Potential& operator=(const Potential&) = delete;
  virtual ~Potential() = default;

  /// Constant from the first call on.
  [[nodiscard]] virtual const PotentialTraits& traits() const = 0;

  /// Writes the values of all nodes of a batch, and of their children: `end` has a bit for every
  /// symbol, set where it completes a sequence, or is null where none does. Slots and contexts are
  /// those of BatchOracle::expand; but where a potential is a part of several oracles, or is asked
  /// beside its base, `known` is of no use to it. A node of V = 0 is asked for where the mass of a
  /// sequence is (wend::log_mass): its children's values are of no matter then.
  virtual void evaluate(std::uint32_t context, const OracleBatch& batch, const std::uint32_t* end,
                        const PotentialRows& rows) = 0;

  /// Writes the bucket of each child, n x A, and of each node itself, n, where traits().buckets >
  /// 1: functions of the prefix, below that. Of children of V = 0 any.
  virtual void name_buckets(std::uint32_t /*context*/, const OracleBatch& /*batch*/,
                            std::uint32_t* /*children*/, std::uint32_t* /*own*/) {}
};

/// The target base(x) times the factors of all potentials: w(u) is base's w(u) times their V(u).
/// `base` must answer RowKind::kLogRatio. What is known of the product follows from what is known
/// of its parts (docs/oracles.md): where no potential ever rises, base's ratio_bound is the
/// product's, and so are bounds of mu/w from above. A row costs what its parts cost, and O(A) for
/// each. Throws Error(kUsage) for parts that do not fit each other, and for constraints that leave
/// no sequence.
std::shared_ptr<const Instance> make_guided(std::shared_ptr<BatchOracle> base,
                                            std::vector<std::shared_ptr<Potential>> potentials);

}  // namespace wend
