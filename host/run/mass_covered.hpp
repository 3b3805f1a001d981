#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <span>

namespace wend {

/// The mass of all sequences that were drawn, each counted once: what a run holds of the target.
/// Sequences are told apart by 128 bits of a hash. Thread-safe; what it comes to does not depend on
/// the order of draws.
class MassCovered {
 public:
  static constexpr std::size_t kMostSequences = std::size_t{1} << 20U;

  void add(std::span<const std::uint32_t> symbols, double log_mass);
  /// False once there are too many to be kept: nothing more is to be added.
  [[nodiscard]] bool going() const { return !overflown_; }
  /// ln of it, rounded down; nullopt if nothing was drawn, or too much.
  [[nodiscard]] std::optional<double> log_mass() const;

 private:
  std::mutex mutex_;
  std::map<std::array<std::uint64_t, 2>, double> log_masses_;  // in the order of their sum
  double symbols_ = 0;                                         // of the longest
  std::atomic<bool> overflown_ = false;
};

}  // namespace wend
