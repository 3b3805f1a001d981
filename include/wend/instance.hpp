#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "wend/estimate.hpp"

namespace wend {

/// What is known of an instance without drawing from it; `wend inspect` prints this.
struct InstanceFacts {
  std::string kind;                          ///< "tree", "knapsack", "ngram", "class",
                                             ///< "external", "neural"; "oracle" for make_oracle()
  std::string estimate;                      ///< "exact", "noise", ...
  std::string path;                          ///< of the instance file; of one that was made in
                                             ///< memory the document's name, or empty
  std::vector<std::filesystem::path> files;  ///< that file and those that it names, as read
  std::string digest;  ///< 16 hex digits (64-bit FNV-1a) of the bytes of `files`, in their order
  std::uint32_t alphabet = 0;
  std::uint32_t horizon = 0;
  bool asked = false;           ///< the oracle is no table: it is asked while the chains walk
  std::optional<double> kappa;  ///< the oracle's accuracy where it is stated or proven
  std::string kappa_why;        ///< where kappa comes from, or why it is unknown: one clause
  /// Largest ratio mu/w of mass to estimate at depth h, [h - 1]: H numbers, the last one 1. It is
  /// one-sided: an estimate that is too high is no matter. Empty where it is unknown.
  std::vector<double> kappa_by_depth;
  std::string kappa_by_depth_why;         ///< as kappa_why
  std::vector<std::string> symbol_names;  ///< empty, or A names (ngram: the characters)
  std::vector<std::pair<std::string, std::string>> details;  ///< further facts, in print order
};

/// A target and its oracle; immutable, and safe to share between threads.
class Instance;

struct LoadOptions {
  /// Whether an instance of kind "external" may load its library, whose code then runs in this
  /// process with all its rights.
  bool allow_plugins = false;
};

/// Reads an instance file (docs/instances.md). Nothing large is allocated before its sizes have
/// been checked against this machine's memory. Throws Error(kInput) with one line that names the
/// file, the key and the reason.
std::shared_ptr<const Instance> load_instance(const std::filesystem::path& file,
                                              const LoadOptions& options = {});

/// Numbers in memory, in C order, that a document refers to; read before make_instance() returns.
struct InstanceArray {
  enum class Type { kF4, kF8, kI1, kI2, kI4, kI8, kU1, kU2, kU4, kU8 };  ///< as NumPy's "f4"..
  Type type = Type::kF8;
  std::vector<std::uint64_t> shape;
  const void* data = nullptr;
};

/// An instance that no file holds.
struct InstanceDocument {
  std::string json;               ///< what would stand in an instance file
  std::string name = "instance";  ///< what messages call it, without slashes
  std::filesystem::path folder;   ///< that relative paths are relative to; empty: the current one
  /// Wherever an instance file may name an .npy file, {"array": NAME} refers to one of these.
  std::map<std::string, InstanceArray> arrays;
};

/// As load_instance(): the same keys, refusals and digest (of the text, then the arrays by name,
/// then the files). Throws Error(kInput) "NAME: KEY: reason".
std::shared_ptr<const Instance> make_instance(const InstanceDocument& document,
                                              const LoadOptions& options = {});

/// A tree made in memory: A^H leaf masses, first symbol most significant, non-negative and finite,
/// not all zero; estimate of kind exact or noise. Throws Error(kInput).
std::shared_ptr<const Instance> make_tree(std::uint32_t alphabet, std::uint32_t horizon,
                                          std::vector<double> leaf_mass,
                                          const EstimateSpec& estimate);

const InstanceFacts& facts(const Instance& instance);

/// ln g of a sequence of H symbols; -inf where it has no mass. O(H).
double log_mass(const Instance& instance, const std::uint32_t* symbols);

}  // namespace wend
