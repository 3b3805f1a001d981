#pragma once

#include <sys/stat.h>

#include <chrono>
#include <csignal>
#include <numeric>
#include <thread>

#include "tests/support/command_process.hpp"
#include "tests/support/npz_reader.hpp"

namespace wend::testing {

/// Tests of runs that something happens to: minutes of work, of which the first draws are there
/// within a second.
class LongRunTest : public TreeCommandTest {
 protected:
  static constexpr std::uint64_t kSamples = 10'000'000;

  [[nodiscard]] std::vector<std::string> long_run(const std::vector<std::string>& more) const {
    std::vector<std::string> all = arguments(
        {"--samples", std::to_string(kSamples), "--chains", "64", "--visits", "10000", "--quiet"});
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  /// True once the process has put draws into a nameless file of its own.
  [[nodiscard]] static bool has_draws(pid_t child) {
    std::error_code ignored;
    const std::string open = "/proc/" + std::to_string(child) + "/fd";
    for (const auto& entry : std::filesystem::directory_iterator(open, ignored)) {
      struct stat status = {};
      if (::stat(entry.path().c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
          status.st_nlink == 0 && status.st_size > 0)
        return true;
    }
    return false;
  }

  /// A run that has drawn something, and goes on.
  [[nodiscard]] pid_t start_drawing(const std::vector<std::string>& more,
                                    const std::function<void()>& prepare = {}) const {
    const pid_t child = start(long_run(more), prepare);
    for (int i = 0; i < 3000 && !has_draws(child); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    EXPECT_TRUE(has_draws(child));
    return child;
  }

  /// An .npz of a run cut short: some draws, and as many of them in every array.
  static void expect_some_draws(const std::string& bytes) {
    auto arrays = read_npz(bytes);
    const std::size_t drawn = arrays["log_mass.npy"].values<double>().size();
    EXPECT_GT(drawn, 0U);
    EXPECT_LT(drawn, kSamples);
    EXPECT_EQ(arrays["samples.npy"].data.size(), 3 * drawn);
    const auto samples = arrays["counters_samples.npy"].values<std::uint64_t>();
    EXPECT_EQ(std::accumulate(samples.begin(), samples.end(), std::uint64_t{0}), drawn);
  }
};

}  // namespace wend::testing
