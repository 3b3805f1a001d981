#pragma once

#include <cstdint>
#include <functional>
#include <limits>

#include "host/baselines/chain.hpp"
#include "host/baselines/prefix_trie.hpp"
#include "host/baselines/target.hpp"
#include "wend/baseline.hpp"

namespace wend {

/// Takes the chains of a baseline on, by its method, on rows that are there.
class BaselineWalker {
 public:
  /// A chain keeps the sequence that it has: called once a draw, in the chain's order.
  using Keep = std::function<void(std::uint64_t chain, std::uint64_t draw, const BaselinePath&)>;

  /// All of these must outlive it.
  BaselineWalker(const BaselineTarget& target, const BaselineOptions& options,
                 const PrefixTrie& trie, Keep keep);

  /// Until the chain has `quota` draws, stands where it has no row, might ask for more than
  /// `expansion_limit` nodes, or has taken some thousand steps. Thread-safe for different chains.
  /// Throws OracleFailure for answers that break what the base states.
  void walk(std::uint64_t number, BaselineChain& chain, std::uint64_t quota,
            std::uint64_t expansion_limit) const;

  /// How the rows are to be weighed.
  [[nodiscard]] const RowWeights& weights() const { return weights_; }
  /// ln of the bounds that rejection goes by; empty for other methods.
  [[nodiscard]] const std::vector<double>& bounds() const { return bounds_; }

 private:
  struct Draw {
    double child;  // in [0, 1), as is the other one
    double keep;
  };
  [[nodiscard]] Draw next_draw(std::uint64_t number, BaselineChain& chain) const;

  void begin(BaselineChain& chain) const;
  void begin_suffix(std::uint64_t number, BaselineChain& chain) const;
  void step(std::uint64_t number, BaselineChain& chain) const;
  void enter(BaselineChain& chain) const;
  /// Whether a proposal goes on; `log_share` is ln of the probability.
  [[nodiscard]] bool goes_on(std::uint64_t number, const BaselineChain& chain, double log_share,
                             double unit) const;
  void completed(std::uint64_t number, BaselineChain& chain) const;
  void failed(std::uint64_t number, BaselineChain& chain) const;
  void count_draw(std::uint64_t number, BaselineChain& chain) const;
  void move(std::uint64_t number, BaselineChain& chain) const;
  void count_step(std::uint64_t number, BaselineChain& chain, bool accepted) const;
  void keep(std::uint64_t number, BaselineChain& chain, const BaselinePath& path) const;

  const BaselineTarget& target_;
  const BaselineOptions& options_;
  const PrefixTrie& trie_;
  const Keep keep_;
  std::vector<double> bounds_;
  RowWeights weights_;
};

}  // namespace wend
