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

/// class-elimination. Its pilot is the beginning of such a run: of few draws, from a version space
/// that all its chains share, begun anew with twice the queries as long as that is not certified.
class ClassContender final : public Contender {
 public:
  /// All must outlive it; the instance is of kind class.
  ClassContender(const Instance& instance, const SampleOptions& options,
                 const std::atomic<bool>& stop);

  [[nodiscard]] bool needs_pilot() const override { return unfit_.empty() && !finished_; }
  void measure(std::uint64_t tours, std::uint64_t most_queries) override;
  [[nodiscard]] std::uint64_t queries() const override { return queries_; }
  [[nodiscard]] std::uint64_t evaluations() const override { return 0; }
  [[nodiscard]] Candidate candidate() const override;
  [[nodiscard]] std::exception_ptr refusal() const override { return refusal_; }

 private:
  void begin_run(std::uint64_t most_queries);
  void tell_cost(Candidate& candidate) const;

  const Instance& instance_;
  SampleOptions options_;
  const std::atomic<bool>& stop_;
  std::string unfit_;
  std::exception_ptr refusal_;
  RunSettings settings_;
  std::uint64_t paths_to_certify_ = 0;
  std::uint64_t queries_ = 0;        // of all runs
  std::uint64_t allowed_ = 0;        // of the last one
  std::optional<SampleResult> run_;  // the last one
  bool finished_ = false;            // it drew all that it was asked for
};

}  // namespace wend
