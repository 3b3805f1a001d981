#pragma once

#include <cstdint>

namespace wend::kernels {

/// What is the same for all paths of a round.
struct ClassRound {
  std::uint64_t seed;
  double kappa;
  double bound;    ///< C = 2 kappa^2
  bool certified;  ///< the leaf is proposed as a sample
  const std::uint64_t*
      alive;  ///< survivors of the phase when the round began: a word for 64 members
  const std::uint64_t* watch;  ///< the path ends as exhausted once none of these survives
  double leaf_kappa = 1.0;     ///< the accuracy that leaf answers are held to: 1 where V must hold
                               ///< the target, else kappa
};

/// One path to be drawn.
struct ClassPath {
  std::uint64_t chain;
  std::uint64_t number;       ///< of the chain's paths, from 0; < 2^40
  std::uint64_t query_limit;  ///< it asks no more than this
};

enum class PathStatus : std::uint8_t {
  kScouted,       ///< not proposed: V is not certified
  kAccepted,      ///< a sample
  kRejected,      ///< proposed, and rejected
  kOutOfQueries,  ///< given up at query_limit
  kExhausted      ///< no member is left
};

struct PathOutcome {
  PathStatus status;
  std::uint32_t nodes_asked;       ///< nodes of the path at which a child was asked
  std::uint64_t interior_queries;  ///< answers above the leaves
  std::uint64_t leaf_queries;
  std::uint64_t oracle_queries;  ///< those that the oracle counted itself
  std::uint32_t survivors;       ///< of `alive`, after this path's answers
  std::uint32_t depth;           ///< kExhausted: of the node last asked
  std::uint32_t last_symbol;     ///< kExhausted: of the child that was asked
  std::uint32_t last_member;     ///< kExhausted: position of the member last eliminated
};

}  // namespace wend::kernels
