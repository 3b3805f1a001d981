#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "host/oracle.hpp"
#include "wend/algorithm.hpp"

namespace wend {

/// What is known of an instance without drawing from it; `wend inspect` prints this.
struct InstanceFacts {
  std::string kind;      ///< "tree", "knapsack", "ngram"
  std::string estimate;  ///< "exact", "noise", ...
  std::string path;      ///< of the instance file; empty if made in memory
  std::string digest;    ///< 16 hex digits (64-bit FNV-1a) over the instance file and the files it names
  std::uint32_t alphabet = 0;
  std::uint32_t horizon = 0;
  std::optional<double> kappa;  ///< the oracle's accuracy where it is stated or proven
  std::string kappa_why;        ///< where kappa comes from, or why it is unknown: one clause
  std::vector<std::string> symbol_names;  ///< empty, or A names (ngram: the characters)
  std::vector<std::pair<std::string, std::string>> details;  ///< further facts, in print order
};

/// A target and its oracle, before it is compiled for a walk.
class Instance {
 public:
  Instance() = default;
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;
  virtual ~Instance() = default;

  [[nodiscard]] virtual const InstanceFacts& facts() const = 0;

  /// Bytes of the compiled tables of one algorithm, known before they are allocated.
  [[nodiscard]] virtual std::uint64_t table_bytes(Algorithm algorithm) const = 0;
  [[nodiscard]] virtual Oracle compile(Algorithm algorithm, Correction correction) const = 0;

  /// ln g of a sequence of H symbols; -inf where it has no mass. Thread-safe.
  [[nodiscard]] virtual double log_mass(const std::uint16_t* symbols) const = 0;
  /// The sequential sampler's log importance weight of a sequence. Thread-safe.
  [[nodiscard]] virtual double log_weight(const std::uint16_t* symbols) const = 0;

  /// A lower bound of kappa measured on the oracle itself, and how it was measured (e.g. "all
  /// nodes"); nullopt where nothing can be compared.
  [[nodiscard]] virtual std::optional<std::pair<double, std::string>> measured_kappa() const = 0;
};

/// Reads an instance file. Nothing large is allocated before its sizes have been checked against
/// this machine's memory. Throws Error(kInput) with one line that names the file, the key and the
/// reason.
std::unique_ptr<Instance> load_instance(const std::filesystem::path& file);

}  // namespace wend
