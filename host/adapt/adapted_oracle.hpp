#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "host/adapt/base_rows.hpp"
#include "host/adapt/explored_tree.hpp"
#include "host/adapt/trained_estimate.hpp"
#include "host/oracles/device_twin.hpp"
#include "wend/oracle.hpp"

namespace wend {

/// What samplers need of training: fixed from before the first of them walks.
struct Training {
  std::shared_ptr<const ExploredTree> tree;  ///< of which later nodes do not count
  TrainedEstimate estimate;
  bool own_buckets = false;  ///< the oracle names buckets, else the last symbol is one
};

/// A base oracle under a trained estimate: rows are masses, w V of the children over w V of the
/// node. Nodes that are backed up are answered from the tree, without asking the base. A function
/// of the prefix, as the base's is. Rows of the base that break what it states end the run.
class AdaptedOracle final : public BatchOracle, public HasDeviceTwin {
 public:
  AdaptedOracle(ModelOracle base, std::shared_ptr<const Training> training, OracleTraits traits);

  [[nodiscard]] const OracleTraits& traits() const override { return traits_; }
  void expand(std::uint32_t context, const OracleBatch& batch, const OracleRows& rows) override;

  /// Rows that the tree answered, of this one and its twins.
  [[nodiscard]] std::uint64_t answered_from_tree() const { return *from_tree_; }

  /// ln of what the masses of the root's row, once it was asked for, are divided by.
  [[nodiscard]] double log_root_scale() const { return *log_root_scale_; }

  /// The base's rows come from the GPU; V is the host's.
  [[nodiscard]] bool has_device_twin() const override {
    return device_twin_of(*base_.model) != nullptr;
  }
  [[nodiscard]] std::optional<std::uint64_t> device_bytes() const override { return std::nullopt; }
  [[nodiscard]] std::shared_ptr<BatchOracle> make_device_twin(std::uint64_t chains) const override;

 private:
  struct Context {
    BaseRows rows;
    std::vector<std::uint32_t> node;        // in the batch, of each row
    std::vector<std::uint32_t> base_known;  // a slot: symbols of its prefix that the base has right
  };

  void answer_from_tree(ExploredTree::Node node, std::uint32_t depth, double* children,
                        double& own) const;
  void answer(const BaseRows& rows, std::uint32_t i, std::uint32_t depth, double* children,
              double& own) const;
  void scale(std::uint32_t depth, double log_own, double* children, double& own) const;

  ModelOracle base_;
  std::shared_ptr<const Training> training_;
  OracleTraits traits_;
  std::vector<Context> contexts_;
  std::shared_ptr<std::atomic<std::uint64_t>> from_tree_;
  std::shared_ptr<std::atomic<double>> log_root_scale_;
};

}  // namespace wend
