#include "host/run/oracle_watch.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

namespace wend {
namespace {

constexpr std::chrono::milliseconds kBetweenLooks{200};
constexpr double kLong = 1;  // s

}  // namespace

WatchedOracle::WatchedOracle(std::shared_ptr<BatchOracle> oracle)
    : oracle_(std::move(oracle)), calls_(oracle_->traits().contexts) {}

void WatchedOracle::expand(std::uint32_t context, const OracleBatch& batch,
                           const OracleRows& rows) {
  struct Noted {
    WatchedOracle& watched;
    std::optional<Call>& call;
    Noted(WatchedOracle& oracle, std::optional<Call>& its, const Call& now)
        : watched(oracle), call(its) {
      const std::scoped_lock lock(watched.mutex_);
      call.emplace(now);
    }
    Noted(const Noted&) = delete;
    Noted& operator=(const Noted&) = delete;
    ~Noted() {
      const std::scoped_lock lock(watched.mutex_);
      call.reset();
    }
  };
  const auto [least, most] = std::minmax_element(batch.depth, batch.depth + batch.size);
  const Noted noted(*this, calls_.at(context), {Clock::now(), batch.size, *least, *most});
  oracle_->expand(context, batch, rows);
}

std::optional<OracleWait> WatchedOracle::longest_wait() const {
  const std::scoped_lock lock(mutex_);
  const Call* longest = nullptr;
  for (const std::optional<Call>& call : calls_)
    if (call && (longest == nullptr || call->begin < longest->begin)) longest = &*call;
  if (longest == nullptr) return std::nullopt;
  return OracleWait{traits().name, longest->nodes, longest->least_depth, longest->most_depth,
                    std::chrono::duration<double>(Clock::now() - longest->begin).count()};
}

OracleWatch::OracleWatch(std::shared_ptr<const WatchedOracle> oracle, Waiting waiting,
                         std::function<void()> over, const std::atomic<bool>& stop)
    : oracle_(std::move(oracle)),
      waiting_(std::move(waiting)),
      over_(std::move(over)),
      stop_(stop) {
  try {
    thread_ = std::thread([this] { watch(); });
  } catch (const std::system_error&) {  // no more threads
  }
}

OracleWatch::~OracleWatch() {
  {
    const std::scoped_lock lock(mutex_);
    done_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void OracleWatch::watch() {
  bool told = false;
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, kBetweenLooks, [&] { return done_; })) {
    const std::optional<OracleWait> wait = oracle_->longest_wait();
    if (wait && (wait->seconds > kLong || stop_)) {
      waiting_(*wait);
      told = true;
    } else if (std::exchange(told, false)) {
      over_();
    }
  }
}

}  // namespace wend
