#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "host/base/no_mass.hpp"
#include "host/engines/lockstep/row_checker.hpp"
#include "host/oracles/model_oracle.hpp"
#include "kernels/lockstep/log_mass.hpp"

namespace wend {

/// Rows of a base oracle, of one context at a time: a batch is put together, asked for, and each
/// row is checked against what the base states before anything is read of it. What was trained is
/// no excuse for rows that break it: bounds of trained estimates are made of the base's.
class BaseRows {
 public:
  /// `buckets`: ask for those that the oracle names.
  BaseRows(const ModelOracle& oracle, bool buckets);

  void clear();
  /// A node in a slot, which has the first `known` symbols of its prefix. `prefix` must outlive
  /// ask().
  void add(std::uint32_t slot, std::uint32_t known, std::span<const std::uint32_t> prefix);
  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(slot_.size()); }
  /// Makes the call. Throws OracleFailure where the oracle throws.
  void ask(std::uint32_t context);

  /// Looks at row i; `chain`: for messages, if a chain asked. Throws OracleFailure for a row that
  /// no estimate can have, that breaks a stated kappa or ratio_bound, or whose bucket is none.
  void check(std::uint32_t i, std::optional<std::uint64_t> chain = {});

  // Of a row that was checked:
  /// ln( w(c)/w(u) ), below the root ln w(c); kNoMass.
  [[nodiscard]] double log_ratio(std::uint32_t i, std::uint32_t symbol) const {
    const std::uint64_t at = i * std::uint64_t{alphabet_} + symbol;
    if (rows_.log_ratio != nullptr) return static_cast<double>(logs_[at]);
    if (masses_[at] == 0) return kNoMass;
    return kernels::log_of_mass(masses_[at]) - log_own_[i];
  }
  [[nodiscard]] bool is_leaf(std::uint32_t i, std::uint32_t symbol) const {
    return depth_[i] + 1 == horizon_ || oracle_.shape().ends(symbol);
  }
  /// Of a child with mass that is no leaf: the oracle's, else its symbol.
  [[nodiscard]] std::uint32_t bucket(std::uint32_t i, std::uint32_t symbol) const {
    return rows_.bucket == nullptr ? symbol : bucket_[i * std::uint64_t{alphabet_} + symbol];
  }
  /// Of the node itself.
  [[nodiscard]] std::uint32_t own_bucket(std::uint32_t i) const {
    return rows_.own_bucket == nullptr ? symbol_[i] : own_bucket_[i];
  }

 private:
  void check_buckets(std::uint32_t i, const NodePlace& place) const;

  ModelOracle oracle_;
  std::uint32_t alphabet_;
  std::uint32_t horizon_;
  bool has_logs_;
  bool buckets_;
  RowChecker checker_;
  std::vector<std::uint32_t> slot_, depth_, symbol_, known_;
  std::vector<const std::uint32_t*> prefix_;
  std::vector<float> logs_;
  std::vector<double> masses_, own_;
  std::vector<double> log_own_;
  std::vector<std::uint32_t> bucket_, own_bucket_;
  OracleRows rows_;
};

}  // namespace wend
