#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/files/json_reader.hpp"
#include "host/files/npy.hpp"

namespace wend {

/// Leaf masses, or all nodes' estimates: from an .npy file or from memory.
class TreeValues {
 public:
  explicit TreeValues(std::vector<double> values) : memory_(std::move(values)) {}
  explicit TreeValues(NpyFile file) : file_(std::make_unique<NpyFile>(std::move(file))) {}

  [[nodiscard]] std::uint64_t count() const { return file_ ? file_->count() : memory_.size(); }
  [[nodiscard]] std::uint64_t bytes() const {
    return file_ ? file_->bytes() : memory_.size() * sizeof(double);
  }
  [[nodiscard]] double at(std::uint64_t i) const { return file_ ? file_->at(i) : memory_[i]; }

 private:
  std::vector<double> memory_;
  std::unique_ptr<NpyFile> file_;
};

/// The values of a key: an array, or the path of an .npy. Throws Error(kInput).
TreeValues read_tree_values(const JsonReader& json, std::string_view key);

/// The sum of all values, to the bit the same for every number of threads (0: one a core).
double sum_of(const TreeValues& values, unsigned threads = 0);

/// The first value that no mass can be, as a reason; empty if all are non-negative and finite.
std::string find_bad_mass(const TreeValues& values);

/// The reason to refuse leaf masses, or empty.
std::string refuse_masses(const TreeValues& values);

/// A power of two that brings the sum of all masses close to 1, so that no kappa takes estimates
/// out of the doubles.
double mass_scale(const TreeValues& leaf_mass);

}  // namespace wend
