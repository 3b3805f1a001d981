#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>

#include "host/instances/instance.hpp"
#include "host/run/contender.hpp"
#include "host/run/settings.hpp"
#include "wend/sample.hpp"

namespace wend {

/// class-elimination. Its pilot is such runs: of few draws, from a version space that all chains
/// share, and of random numbers of their own. The first one begins anew with twice the queries as
/// long as it is not certified; then there are twice as many runs.
class ClassContender final : public Contender {
 public:
  /// All must outlive it; the instance is of kind class.
  ClassContender(const Instance& instance, const SampleOptions& options,
                 const std::atomic<bool>& stop);

  [[nodiscard]] bool needs_pilot() const override { return unfit_.empty() && runs_ < kMostRuns; }
  void measure(std::uint64_t tours, std::uint64_t most_queries) override;
  [[nodiscard]] std::uint64_t queries() const override { return queries_; }
  [[nodiscard]] std::uint64_t evaluations() const override { return 0; }
  [[nodiscard]] Candidate candidate() const override;
  [[nodiscard]] std::exception_ptr refusal() const override { return refusal_; }

 private:
  static constexpr std::uint64_t kMostRuns = 16;

  void begin_run(std::uint64_t most_queries);
  void add(const SampleResult& run);
  void tell_cost(Candidate& candidate) const;

  const Instance& instance_;
  SampleOptions options_;
  const std::atomic<bool>& stop_;
  std::string unfit_;
  std::exception_ptr refusal_;
  RunSettings settings_;
  std::uint64_t paths_to_certify_ = 0;
  std::uint64_t queries_ = 0;         // of all runs
  std::uint64_t allowed_ = 0;         // of the last measure()
  std::optional<std::uint64_t> cut_;  // queries of the last one, if it was not certified in time
  // Of the runs that came to their end.
  std::uint64_t runs_ = 0;
  std::uint64_t before_ = 0;  // queries
  std::uint64_t after_ = 0;
  Counters totals_;
  Guarantee claim_;  // the least that one of them has
};

}  // namespace wend
