#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <vector>

#include "wend/sample.hpp"

namespace wend::test {

/// Keeps every draw of a run.
class KeptDraws final : public SampleSink {
 public:
  KeptDraws(std::uint64_t samples, std::uint32_t horizon)
      : symbols(samples * std::uint64_t{horizon}),
        log_mass(samples),
        log_weight(samples),
        horizon_(static_cast<std::ptrdiff_t>(horizon)) {}

  void put(const SampleRows& rows) override {
    const std::scoped_lock lock(mutex_);
    const auto row = static_cast<std::ptrdiff_t>(rows.row);
    std::copy_n(rows.symbols, static_cast<std::ptrdiff_t>(rows.count) * horizon_,
                symbols.begin() + row * horizon_);
    std::copy_n(rows.log_mass, rows.count, log_mass.begin() + row);
    if (rows.log_weight != nullptr)
      std::copy_n(rows.log_weight, rows.count, log_weight.begin() + row);
  }

  std::vector<std::uint32_t> symbols;
  std::vector<double> log_mass;
  std::vector<double> log_weight;

  [[nodiscard]] bool operator==(const KeptDraws& other) const {
    return symbols == other.symbols && log_mass == other.log_mass && log_weight == other.log_weight;
  }

 private:
  std::mutex mutex_;
  std::ptrdiff_t horizon_;
};

/// A run, and what it drew.
struct Ran {
  KeptDraws draws;
  SampleResult result;

  Ran(const Instance& instance, const SampleOptions& options)
      : draws(options.samples, facts(instance).horizon) {
    const std::atomic<bool> stop{false};
    result = sample(instance, options, &draws, stop);
  }
};

}  // namespace wend::test
