#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "wend/oracle.hpp"

namespace wend {

/// An instance of a built-in kind, asked node by node: the masses that its tables are compiled
/// from, so that its chains walk the same way in the lockstep engine.
class TableModel : public BatchOracle {
 public:
  /// `thinned`: masses() is asked what the sequential sampler keeps.
  /// `buckets`, `bucket_why`: as OracleTraits has them; with any, buckets() is asked for them.
  TableModel(std::uint32_t alphabet, std::uint32_t horizon, std::string name, bool thinned,
             std::uint32_t buckets = 0, std::string bucket_why = {});

  [[nodiscard]] const OracleTraits& traits() const final { return traits_; }
  void expand(std::uint32_t context, const OracleBatch& batch, const OracleRows& rows) final;

 protected:
  /// Of the node that `prefix` leads to: w of its children, and what is kept of each, which is
  /// empty if not thinned. Returns its own w, whatever it is at the root. Called from one thread.
  virtual double masses(std::span<const std::uint32_t> prefix, std::span<double> children,
                        std::span<double> kept) = 0;
  /// The buckets of that node's children; returns its own. Called from one thread.
  virtual std::uint32_t buckets(std::span<const std::uint32_t> prefix,
                                std::span<std::uint32_t> children);

 private:
  OracleTraits traits_;
  bool thinned_;
};

}  // namespace wend
