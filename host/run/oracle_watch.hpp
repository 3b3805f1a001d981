#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "wend/oracle.hpp"
#include "wend/sample.hpp"

namespace wend {

/// An oracle whose calls another thread can look at while they last.
class WatchedOracle final : public BatchOracle {
 public:
  explicit WatchedOracle(std::shared_ptr<BatchOracle> oracle);

  [[nodiscard]] const OracleTraits& traits() const override { return oracle_->traits(); }
  void expand(std::uint32_t context, const OracleBatch& batch, const OracleRows& rows) override;

  /// The call that has lasted longest of those that have not returned. Thread-safe.
  [[nodiscard]] std::optional<OracleWait> longest_wait() const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Call {
    Clock::time_point begin;
    std::uint32_t nodes;
    std::uint32_t least_depth;
    std::uint32_t most_depth;
  };

  std::shared_ptr<BatchOracle> oracle_;
  mutable std::mutex mutex_;
  std::vector<std::optional<Call>> calls_;  // of each context
};

/// Looks at an oracle's calls from a thread of its own while it lives, and tells of those that
/// last. Without a thread to be had nothing is told.
class OracleWatch {
 public:
  /// `waiting` is told of a call that lasts longer than a second, or of any once `stop` is set;
  /// `over` is called when what it was told of last has come to an end. `stop` must outlive it.
  OracleWatch(std::shared_ptr<const WatchedOracle> oracle, Waiting waiting,
              std::function<void()> over, const std::atomic<bool>& stop);
  OracleWatch(const OracleWatch&) = delete;
  OracleWatch& operator=(const OracleWatch&) = delete;
  ~OracleWatch();

 private:
  void watch();

  const std::shared_ptr<const WatchedOracle> oracle_;
  const Waiting waiting_;
  const std::function<void()> over_;
  const std::atomic<bool>& stop_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool done_ = false;
  std::thread thread_;
};

}  // namespace wend
