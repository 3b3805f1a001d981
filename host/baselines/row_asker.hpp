#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "host/baselines/prefix_row.hpp"
#include "host/baselines/target.hpp"

namespace wend {

/// A node whose row is wanted.
struct RowRequest {
  std::uint32_t chain;                       ///< whose slot it is asked in
  std::span<const std::uint32_t> prefix;     ///< as long as the node is deep
  std::shared_ptr<PrefixRow> row = nullptr;  ///< the answer; null where a stop came first
};

/// Asks a target's base and potentials, in batches, for the rows of nodes that differ, no two of
/// one chain. Each context has its share of the chains, as BatchOracle::expand wants it.
class RowAsker {
 public:
  /// `target` must outlive it.
  RowAsker(const BaselineTarget& target, std::uint64_t chains, std::uint32_t max_batch,
           unsigned threads);

  /// Answers requests, which are in the order of their chains. Throws OracleFailure that names
  /// chain, depth, symbol and value for what cannot be.
  void ask(std::span<RowRequest> requests, const std::atomic<bool>& stop);

  /// Its calls of the base, and the time in them and in the potentials'.
  [[nodiscard]] std::uint64_t batches() const;
  [[nodiscard]] double seconds() const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Context {
    std::vector<std::uint32_t> slot, depth, symbol, known;
    std::vector<const std::uint32_t*> prefix;
    std::vector<float> logs;
    std::vector<double> masses, own_mass;
    std::uint64_t batches = 0;
    Clock::duration spent{};
  };

  /// ln V of a batch, all potentials' together.
  struct Values {
    std::vector<float> children, own;
  };

  void ask_batch(std::uint32_t context_number, std::span<RowRequest> requests);
  void call_base(std::uint32_t context_number, const OracleBatch& batch);
  void add_values(std::uint32_t context_number, const OracleBatch& batch, Potential& potential,
                  std::span<const RowRequest> requests, Values& values) const;
  void check(std::span<const float> logs, const RowRequest& request) const;
  std::uint32_t known_of(const RowRequest& request) const;

  const BaselineTarget& target_;
  std::uint64_t chains_;
  unsigned threads_;
  std::uint32_t max_batch_;
  std::vector<Context> contexts_;
  std::vector<std::vector<std::uint32_t>> taken_;  // a chain: the prefix that its slot had last
};

}  // namespace wend
