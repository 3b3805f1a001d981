// Messages that cannot be shown: closed descriptors, full devices, pipes without a reader,
// terminals that go away. They change nothing that is done.
#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>

#include <cstdlib>
#include <thread>

#include "tests/support/command_process.hpp"

namespace wend::testing {
namespace {

void make(int descriptor, const char* file) { ::dup2(::open(file, O_WRONLY), descriptor); }

/// Standard output and standard error that nobody reads any more.
void pipes_without_reader() {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) ::_exit(125);
  ::close(ends[0]);
  ::dup2(ends[1], STDOUT_FILENO);
  ::dup2(ends[1], STDERR_FILENO);
}

class LostOutput : public TreeCommandTest {
 protected:
  void expect_statuses(const std::function<void()>& prepare) const {
    EXPECT_EQ(run({"inspect", path("nothere.json")}, prepare).status, 3);
    EXPECT_EQ(run({"inspect", tree_, "--nothing"}, prepare).status, 2);
    EXPECT_EQ(run(arguments({"--output", path("nowhere/out.npz")}), prepare).status, 4);
  }
};

TEST_F(LostOutput, ChangesNoStatus) {
  expect_statuses([] { ::close(STDERR_FILENO); });
  expect_statuses([] { make(STDERR_FILENO, "/dev/full"); });
  expect_statuses(pipes_without_reader);
}

TEST_F(LostOutput, LosesNoDraws) {
  const auto files = [this](const std::string& name) {
    return arguments({"--samples", "500", "--output", path(name), "--report", path("report.json")});
  };
  ASSERT_EQ(run(files("right.npz")).status, 0);
  const std::string right = file_bytes(path("right.npz"));
  for (unsigned closed = 0; closed < 16; ++closed) {
    const bool full = closed >= 8;
    const Finished finished = run(files("out.npz"), [closed, full] {
      for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if ((closed >> static_cast<unsigned>(descriptor) & 1U) == 0) continue;
        if (full) {
          make(descriptor, "/dev/full");
        } else {
          ::close(descriptor);
        }
      }
    });
    EXPECT_EQ(finished.status, 0) << closed;
    EXPECT_EQ(file_bytes(path("out.npz")), right) << closed;
    EXPECT_EQ(report()["drawn"], 500) << closed;
    std::filesystem::remove(path("out.npz"));
    std::filesystem::remove(path("report.json"));
  }
  EXPECT_EQ(run(files("out.npz"), pipes_without_reader).status, 0);
  EXPECT_EQ(file_bytes(path("out.npz")), right);
}

TEST_F(LostOutput, IsAnErrorWhereItWasAskedFor) {
  const auto full = [] { make(STDOUT_FILENO, "/dev/full"); };
  const std::string reason = "standard output: cannot be written: No space left on device\n";
  for (const std::vector<std::string>& asked : {std::vector<std::string>{"inspect", tree_},
                                                {"inspect", tree_, "--json"},
                                                {"--help"},
                                                {"--version"},
                                                {"estimate", tree_},
                                                arguments({})}) {
    const Finished finished = run(asked, full);
    EXPECT_EQ(finished.status, 4) << asked[0];
    EXPECT_EQ(finished.err, "wend: " + reason) << asked[0];
  }
  // The draws that were to be copied there are kept.
  const Finished finished = run(arguments({"--output", "-"}), full);
  EXPECT_EQ(finished.status, 4);
  const std::string start =
      "wend: standard output: cannot write: No space left on device; the finished file is ";
  ASSERT_TRUE(finished.err.starts_with(start)) << finished.err;
  const std::string kept =
      finished.err.substr(start.size(), finished.err.size() - start.size() - 1);
  EXPECT_TRUE(file_bytes(kept).starts_with("chain,log_mass,s0,s1,s2\n"));
  std::filesystem::remove(kept);
}

class Terminal : public TreeCommandTest {
 protected:
  void SetUp() override {
    if (!has_terminals()) GTEST_SKIP() << "no pseudo-terminals here";
  }

  /// The bar is redrawn ten times a second; this takes a second or two.
  std::vector<std::string> some_ = arguments(
      {"--samples", "2000", "--chains", "4", "--visits", "3000", "--output", path("out.csv")});

  /// Runs on a terminal that goes away as soon as the bar is there.
  [[nodiscard]] Finished run_on_lost_terminal(const std::vector<std::string>& asked,
                                              const std::function<void()>& prepare) const {
    int terminal = -1;
    const pid_t child = ::forkpty(&terminal, nullptr, nullptr, nullptr);
    if (child == 0) {
      prepare();
      become_command(command_, asked);
    }
    std::string shown;
    std::array<char, 256> buffer{};
    ssize_t size = 0;
    while (shown.find('%') == std::string::npos &&
           (size = ::read(terminal, buffer.data(), buffer.size())) > 0)
      shown.append(buffer.data(), static_cast<std::size_t>(size));
    EXPECT_NE(shown.find('%'), std::string::npos) << shown;
    ::close(terminal);
    Finished finished;
    int wait_status = 0;
    EXPECT_EQ(::waitpid(child, &wait_status, 0), child);
    set_ending(finished, wait_status);
    return finished;
  }
};

TEST_F(Terminal, ShowsProgress) {
  const Finished shown = run_on_terminal(some_, [](pid_t, const std::string&) {});
  EXPECT_EQ(shown.status, 0);
  EXPECT_NE(shown.out.find("%  "), std::string::npos) << shown.out;
  // Erased before the summary.
  EXPECT_NE(shown.out.find("\r\x1b[Kinstance "), std::string::npos) << shown.out;

  std::vector<std::string> quiet = some_;
  quiet.emplace_back("--quiet");
  const Finished silent = run_on_terminal(quiet, [](pid_t, const std::string&) {});
  EXPECT_EQ(silent.status, 0);
  EXPECT_EQ(silent.out, "");
}

TEST_F(Terminal, ThatIsDumbGetsNoEscapes) {
  const Finished shown = run_on_terminal(
      some_, [](pid_t, const std::string&) {}, [] { ::setenv("TERM", "dumb", 1); });
  EXPECT_EQ(shown.status, 0);
  EXPECT_EQ(shown.out.find('\x1b'), std::string::npos) << shown.out;
  EXPECT_TRUE(shown.out.starts_with("instance ")) << shown.out;
}

TEST_F(Terminal, ThatIsNarrowGetsAShortLine) {
  const Finished shown = run_on_terminal(
      some_, [](pid_t, const std::string&) {},
      [] {
        winsize size{.ws_row = 24, .ws_col = 30, .ws_xpixel = 0, .ws_ypixel = 0};
        ::ioctl(STDERR_FILENO, TIOCSWINSZ, &size);
      });
  EXPECT_EQ(shown.status, 0);
  const std::string erase = "\r\x1b[K";
  std::size_t lines = 0;
  for (std::size_t at = shown.out.find(erase); at != std::string::npos; ++lines) {
    const std::size_t begin = at + erase.size();
    at = shown.out.find(erase, begin);
    const std::size_t columns = at == std::string::npos ? 0 : at - begin;
    EXPECT_LE(columns, 29U) << shown.out.substr(begin, columns);
  }
  EXPECT_GT(lines, 1U);
}

// Ctrl-S: nothing is taken from the command any more. Its files are there all the same.
TEST_F(Terminal, ThatIsStoppedDoesNotStopTheRun) {
  ASSERT_EQ(run(some_).status, 0);
  const std::string right = file_bytes(path("out.csv"));
  std::filesystem::remove(path("out.csv"));
  std::vector<std::string> asked = some_;
  asked.insert(asked.end(), {"--report", path("report.json")});
  bool stopped = false;
  const pid_t command = ::fork();
  if (command == 0) {
    const Finished finished = run_on_terminal(asked, [&](pid_t child, const std::string& shown) {
      if (stopped || shown.find('%') == std::string::npos) return;
      stopped = true;
      const std::string terminal = "/proc/" + std::to_string(child) + "/fd/2";
      const int descriptor = ::open(terminal.c_str(), O_RDWR | O_NOCTTY);
      ::tcflow(descriptor, TCOOFF);
      for (int i = 0; i < 3000 && !std::filesystem::exists(path("report.json")); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
      ::tcflow(descriptor, TCOON);
      ::close(descriptor);
    });
    ::_exit(stopped ? finished.status : 125);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(command, &status, 0), command);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ(file_bytes(path("out.csv")), right);
}

TEST_F(Terminal, ThatGoesAwayTakesTheBarAlone) {
  ASSERT_EQ(run(some_).status, 0);
  const std::string right = file_bytes(path("out.csv"));
  std::filesystem::remove(path("out.csv"));
  const Finished ignoring = run_on_lost_terminal(some_, [] { std::signal(SIGHUP, SIG_IGN); });
  EXPECT_EQ(ignoring.signal, 0);
  EXPECT_EQ(ignoring.status, 0);
  EXPECT_EQ(file_bytes(path("out.csv")), right);

  std::vector<std::string> endless = some_;
  endless[3] = "10000000";
  const Finished hung_up = run_on_lost_terminal(endless, [] {});
  EXPECT_EQ(hung_up.status, 130);
  const std::string written = file_bytes(path("out.csv"));
  EXPECT_TRUE(written.starts_with("chain,log_mass,s0,s1,s2\n"));
  EXPECT_TRUE(written.ends_with("\n"));
}

}  // namespace
}  // namespace wend::testing
