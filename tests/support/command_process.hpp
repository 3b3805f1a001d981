#pragma once

#include <gtest/gtest.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/temporary_folder.hpp"

namespace wend::testing {

/// How a child process ended and what it printed.
struct Finished {
  int status = -1;  ///< exit status; -1 if a signal ended it
  int signal = 0;   ///< the signal that ended it, or 0
  std::string out;
  std::string err;
};

inline void set_ending(Finished& finished, int wait_status) {
  if (WIFEXITED(wait_status)) finished.status = WEXITSTATUS(wait_status);
  if (WIFSIGNALED(wait_status)) finished.signal = WTERMSIG(wait_status);
}

/// In a child process: becomes the program at `command`. Never returns.
[[noreturn]] inline void become_command(const std::string& command,
                                        const std::vector<std::string>& arguments) {
  std::vector<char*> words;
  std::string name = "wend";
  words.push_back(name.data());
  std::vector<std::string> copies = arguments;
  for (std::string& copy : copies) words.push_back(copy.data());
  words.push_back(nullptr);
  ::alarm(300);  // a test must end, whatever the command does
  ::execv(command.c_str(), words.data());
  ::_exit(127);
}

/// Tests of the built command, each in a folder of its own.
class CommandTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::string path(const std::string& name) const {
    return (folder_ / name).string();
  }

  /// Writes an instance file and returns its path.
  [[nodiscard]] std::string instance(const std::string& name, const std::string& text) const {
    return folder_.add(name, text).string();
  }

  /// Starts the command, which prints to files; `prepare` is called in its process just before,
  /// with standard output and standard error in place.
  [[nodiscard]] pid_t start(const std::vector<std::string>& arguments,
                            const std::function<void()>& prepare = {}) const {
    const std::string out = (printed_ / "out").string();
    const std::string err = (printed_ / "err").string();
    const pid_t child = ::fork();
    if (child == 0) {
      const bool redirected = std::freopen(out.c_str(), "w", stdout) != nullptr &&
                              std::freopen(err.c_str(), "w", stderr) != nullptr;
      if (!redirected) ::_exit(126);
      if (prepare) prepare();
      become_command(command_, arguments);
    }
    return child;
  }

  /// Waits for the end of what start() has started.
  [[nodiscard]] Finished finish(pid_t child) const {
    Finished finished;
    int wait_status = 0;
    EXPECT_EQ(::waitpid(child, &wait_status, 0), child);
    set_ending(finished, wait_status);
    finished.out = file_bytes(printed_ / "out");
    finished.err = file_bytes(printed_ / "err");
    return finished;
  }

  /// Runs the command to its end.
  [[nodiscard]] Finished run(const std::vector<std::string>& arguments,
                             const std::function<void()>& prepare = {}) const {
    return finish(start(arguments, prepare));
  }

  /// False in places without pseudo-terminals, such as some containers.
  [[nodiscard]] static bool has_terminals() {
    int controller = -1;
    int terminal = -1;
    if (::openpty(&controller, &terminal, nullptr, nullptr, nullptr) != 0) return false;
    ::close(controller);
    ::close(terminal);
    return true;
  }

  /// Needs has_terminals(). Runs the command on a terminal; calls `watch(child, output so far)`
  /// whenever it has printed. `prepare` as in start().
  [[nodiscard]] Finished run_on_terminal(
      const std::vector<std::string>& arguments,
      const std::function<void(pid_t, const std::string&)>& watch,
      const std::function<void()>& prepare = {}) const {
    int terminal = -1;
    const pid_t child = ::forkpty(&terminal, nullptr, nullptr, nullptr);
    if (child == 0) {
      if (prepare) prepare();
      become_command(command_, arguments);
    }
    Finished finished;
    EXPECT_GT(child, 0) << "no pseudo-terminal";
    if (child < 0) return finished;
    std::array<char, 4096> buffer{};
    ssize_t size = 0;
    while ((size = ::read(terminal, buffer.data(), buffer.size())) > 0) {
      finished.out.append(buffer.data(), static_cast<std::size_t>(size));
      watch(child, finished.out);
    }
    ::close(terminal);
    int wait_status = 0;
    EXPECT_EQ(::waitpid(child, &wait_status, 0), child);
    set_ending(finished, wait_status);
    return finished;
  }

  /// One line on standard error, nothing on standard output, and this exit status.
  void expect_refused(const std::vector<std::string>& arguments, int status,
                      const std::string& message) const {
    const Finished finished = run(arguments);
    EXPECT_EQ(finished.status, status);
    EXPECT_EQ(finished.err, "wend: " + message + "\n");
    EXPECT_EQ(finished.out, "");
  }

  [[nodiscard]] nlohmann::json report(const std::string& name = "report.json") const {
    return nlohmann::json::parse(file_bytes(path(name)));
  }

  std::string command_ = WEND_COMMAND;  ///< the program that runs
  TemporaryFolder folder_;
  TemporaryFolder printed_;
};

/// Tests of `wend sample` on a tree of 8 leaves, "tree.json" in the folder.
class TreeCommandTest : public CommandTest {
 protected:
  static constexpr const char* kTree = R"({"wend": 1, "kind": "tree", "alphabet": 2, "horizon": 3,
    "leaf_mass": [1, 2, 3, 4, 5, 6, 7, 8],
    "estimate": {"kind": "noise", "model": "sign", "kappa": 1.5, "seed": 7}})";

  [[nodiscard]] std::vector<std::string> arguments(const std::vector<std::string>& more) const {
    std::vector<std::string> all{"sample", tree_};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  /// Nothing was written, not even under a hidden name.
  void expect_nothing_written() const {
    EXPECT_EQ(folder_.names(), std::vector<std::string>{"tree.json"});
  }

  std::string tree_ = instance("tree.json", kTree);
};

}  // namespace wend::testing
