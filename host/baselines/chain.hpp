#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "host/baselines/prefix_row.hpp"
#include "host/baselines/prefix_trie.hpp"

namespace wend {

/// A sequence, or the beginning of one, step by step.
struct BaselinePath {
  std::uint32_t length = 0;
  double log_value = 0;                ///< ln V of it
  std::vector<std::uint32_t> symbols;  ///< H, as are the two below
  std::vector<double> log_ratio;       ///< ln of the base's ratios
  std::vector<double> log_proposal;    ///< ln of the probabilities that they were drawn with
  /// Of the nodes of depth 0 to length: their places in the trie, and their rows; but for
  /// suffix-mh, that of the last one alone.
  std::vector<PrefixTrie::Id> node;
  std::vector<std::shared_ptr<PrefixRow>> row;

  explicit BaselinePath(std::uint32_t horizon)
      : symbols(horizon),
        log_ratio(horizon),
        log_proposal(horizon),
        node(horizon, PrefixTrie::kNone),
        row(horizon) {}

  /// Becomes the first `cut` symbols of another one, whose rows are there.
  void begin_with(const BaselinePath& other, std::uint32_t cut);
};

/// ln of base^power times the factors, and of the probability of having drawn it, of a sequence
/// from the symbol at `from` on.
double log_target(const BaselinePath& path, double power, std::uint32_t from);
double log_proposal(const BaselinePath& path, std::uint32_t from);

/// ln of the Metropolis-Hastings ratio of suffix resampling: `proposal` shares the symbols before
/// `cut` with `state`, and its suffix was drawn. The cut is one of a sequence's own length, each
/// as likely: where the lengths differ, so do the probabilities of choosing it there and back.
double log_suffix_ratio(const BaselinePath& state, const BaselinePath& proposal, std::uint32_t cut,
                        double power);

/// Where a chain's way ended for now.
enum class BaselineRest : std::uint8_t {
  kPaused,  ///< it has taken the steps of one call
  kWaits,   ///< it stands where it has no row
  kDone,    ///< it has its draws
  kSpent    ///< it has no queries left
};

struct BaselineChain {
  explicit BaselineChain(std::uint32_t horizon) : path(horizon), state(horizon) {}

  BaselinePath path;   ///< the proposal in progress
  BaselinePath state;  ///< of suffix-mh where it stands; of best-of the best so far
  bool has_state = false;
  double state_weight = 0;  ///< of best-of: ln of the best one's factor
  std::uint32_t cut = 0;    ///< of suffix-mh: where the proposal left the state
  std::uint32_t count = 0;  ///< of suffix-mh: steps, of best-of: draws, since the last kept one
  double log_entry = 0;     ///< of memo-rejection: ln of the bound that the node was entered by
  std::shared_ptr<PrefixRow> root;
  std::uint64_t step = 0;  ///< of its random stream
  std::uint64_t proposals = 0;
  std::uint64_t accepted = 0;
  std::uint64_t rejected = 0;
  std::uint64_t expansions = 0;
  std::uint64_t memo_hits = 0;
  std::uint64_t samples = 0;
  BaselineRest rest = BaselineRest::kPaused;
};

}  // namespace wend
