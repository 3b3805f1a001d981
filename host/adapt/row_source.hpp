#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "host/adapt/base_rows.hpp"
#include "host/adapt/explored_tree.hpp"
#include "host/oracles/model_oracle.hpp"

namespace wend {

/// Rows of an untrained oracle, for scouts: asks in batches and adds what comes to a tree.
class RowSource {
 public:
  /// A node to be asked for: the child behind an edge of a node of the tree, or the root (kNone).
  struct Wanted {
    ExploredTree::Node parent = ExploredTree::kNone;
    std::uint32_t edge = 0;
  };

  /// `oracle`, which must outlive it, is a walk's: no proposals are thinned. `threads`: of the
  /// host's, 0: one a core. `max_batch`: nodes of a call, at most; 0: the oracle's limit.
  RowSource(const ModelOracle& oracle, unsigned threads, std::uint32_t max_batch);

  /// Asks for nodes that differ and are not in the tree, and adds them in their order. What is in
  /// the tree does not depend on batches, slots or threads. Once `stop` is set, or the tree is
  /// full, fewer come; of rows one round's more than it may have at most. Throws OracleFailure.
  void ask(std::span<const Wanted> wanted, ExploredTree& tree, const std::atomic<bool>& stop);

  /// Buckets that edges have: the oracle's own, else the last symbol.
  [[nodiscard]] std::uint32_t buckets() const { return buckets_; }
  [[nodiscard]] std::uint64_t slots() const { return slots_.size(); }
  [[nodiscard]] bool own_buckets() const { return own_buckets_; }
  [[nodiscard]] const std::string& bucket_why() const { return bucket_why_; }
  [[nodiscard]] std::uint64_t evaluations() const { return evaluations_; }
  [[nodiscard]] std::uint64_t batches() const;

 private:
  struct Request {
    std::vector<std::uint32_t> prefix;
    std::uint32_t bucket = 0;  // that its parent's row says it has
    std::uint32_t slot = 0;
    std::uint32_t known = 0;
    std::vector<ExploredTree::Edge> row;
    bool answered = false;
  };
  struct Context {
    BaseRows rows;
    std::uint64_t batches = 0;
  };

  void place(std::span<Request> requests);
  void ask_batch(std::uint32_t context_number, std::span<Request*> requests);
  void read_row(const BaseRows& rows, std::uint32_t i, Request& request) const;

  const ModelOracle& oracle_;
  const unsigned threads_;
  std::uint32_t buckets_;
  bool own_buckets_;
  std::string bucket_why_;
  std::uint32_t max_batch_;
  std::vector<std::vector<std::uint32_t>> slots_;  // the prefix that each had last
  std::vector<Context> contexts_;
  std::uint64_t evaluations_ = 0;
};

}  // namespace wend
