// Signals and limits: what a run has drawn is kept, whatever asks it to stop.
#include "host/base/signals.hpp"

#include <sys/resource.h>

#include "tests/support/long_run.hpp"

namespace wend::testing {
namespace {

class Signals : public LongRunTest {
 protected:
  /// The run ends early with all that it has drawn.
  void expect_stopped(pid_t child) const {
    const Finished finished = finish(child);
    EXPECT_EQ(finished.status, 130);
    EXPECT_EQ(finished.signal, 0);
    EXPECT_EQ(finished.err, "");
    expect_some_draws(file_bytes(path("out.npz")));
    const nlohmann::json json = report();
    EXPECT_EQ(json["partial"], true);
    EXPECT_EQ(json["reconciled"], true);
    EXPECT_EQ(json["guarantee"]["kind"], "none");
    EXPECT_TRUE(json["guarantee"]["tv"].is_null());
    EXPECT_EQ(folder_.names(), (std::vector<std::string>{"out.npz", "report.json", "tree.json"}));
  }

  std::vector<std::string> files_{"--output", path("out.npz"), "--report", path("report.json")};
};

class AskedToStop : public Signals, public ::testing::WithParamInterface<int> {};

TEST_P(AskedToStop, KeepsWhatWasDrawn) {
  const pid_t child = start_drawing(files_);
  ::kill(child, GetParam());
  expect_stopped(child);
}

INSTANTIATE_TEST_SUITE_P(Signals, AskedToStop, ::testing::Values(SIGINT, SIGTERM, SIGHUP, SIGXCPU));

TEST_F(Signals, AreOneRequestHoweverManyCome) {
  const pid_t child = start_drawing(files_);
  for (const int number : {SIGTERM, SIGTERM, SIGHUP, SIGXCPU, SIGTERM, SIGHUP})
    ::kill(child, number);
  expect_stopped(child);
}

TEST_F(Signals, OfTimeoutAreOneRequest) {
  const pid_t child = start_drawing(files_);
  ::kill(child, SIGINT);
  ::kill(child, SIGINT);
  expect_stopped(child);
}

TEST_F(Signals, OfABatchQueueAskToStopIfWanted) {
  std::vector<std::string> wanted = files_;
  wanted.insert(wanted.end(), {"--stop-signal", "USR1"});
  const pid_t child = start_drawing(wanted);
  ::kill(child, SIGUSR1);
  expect_stopped(child);
  expect_refused(arguments({"--stop-signal", "KILL"}), 2,
                 "--stop-signal: 'KILL' is not USR1 or USR2");
}

TEST_F(Signals, ThatAreIgnoredStayIgnored) {
  const pid_t child = start_drawing(files_, [] { std::signal(SIGHUP, SIG_IGN); });
  ::kill(child, SIGHUP);
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  ASSERT_EQ(::waitpid(child, nullptr, WNOHANG), 0) << "it has ended";
  ::kill(child, SIGTERM);
  expect_stopped(child);
}

TEST_F(Signals, OfTheCpuLimitAskToStop) {
  const auto seconds = [] {
    const rlimit limit{4, 600};
    ::setrlimit(RLIMIT_CPU, &limit);
  };
  expect_stopped(start_drawing(files_, seconds));
}

TEST_F(Signals, OfTheFileSizeLimitAreAnError) {
  const auto most = [](rlim_t bytes) {
    return [bytes] {
      const rlimit limit{bytes, bytes};
      ::setrlimit(RLIMIT_FSIZE, &limit);
    };
  };
  ASSERT_EQ(folder_.add("out.npz", "before"), path("out.npz"));
  for (const std::string name : {"out.npz", "out.csv"}) {
    const Finished finished = run(arguments({"--output", path(name)}), most(4096));
    EXPECT_EQ(finished.status, 4);
    EXPECT_EQ(finished.err, "wend: " + path(name) + ": cannot write: File too large\n");
    EXPECT_EQ(finished.out, "");
  }
  const Finished report = run(arguments({"--report", path("r.json")}), most(100));
  EXPECT_EQ(report.status, 4);
  EXPECT_EQ(report.err, "wend: " + path("r.json") + ": cannot write: File too large\n");
  EXPECT_EQ(file_bytes(path("out.npz")), "before");
  EXPECT_EQ(folder_.names(), (std::vector<std::string>{"out.npz", "tree.json"}));
}

TEST(HandleSignals, EndWithStatus130WhereNothingCanBeLost) {
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGXCPU}) {
    const auto early = [number] {
      handle_signals();
      std::raise(number);
      std::_Exit(2);
    };
    EXPECT_EXIT(early(), ::testing::ExitedWithCode(130), "");
  }
}

TEST(HandleSignals, EndTheProcessAtASecondInterrupt) {
  const auto twice = [] {
    handle_signals();
    const std::atomic<bool>& stop = begin_stoppable();
    std::raise(SIGTERM);
    std::raise(SIGINT);
    if (!stop) std::_Exit(1);
    std::this_thread::sleep_for(std::chrono::milliseconds(400));
    std::raise(SIGTERM);
    std::raise(SIGINT);
    std::_Exit(2);
  };
  EXPECT_EXIT(twice(), ::testing::KilledBySignal(SIGINT), "");
}

}  // namespace
}  // namespace wend::testing
