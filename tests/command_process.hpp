#pragma once

#include <gtest/gtest.h>
#include <pty.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace wend::testing {

inline std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void write_text(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  ASSERT_TRUE(file.flush().good()) << path;
}

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

/// In a child process: becomes the command. Never returns.
[[noreturn]] inline void become_command(const std::vector<std::string>& arguments) {
  std::vector<char*> words;
  std::string name = "wend";
  words.push_back(name.data());
  std::vector<std::string> copies = arguments;
  for (std::string& copy : copies) words.push_back(copy.data());
  words.push_back(nullptr);
  ::execv(WEND_COMMAND, words.data());
  ::_exit(127);
}

/// Tests of the built command, each in a folder of its own.
class CommandTest : public ::testing::Test {
 protected:
  CommandTest() {
    std::string name = (std::filesystem::temp_directory_path() / "wend-test-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~CommandTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  [[nodiscard]] std::filesystem::path path(const std::string& name) const {
    return folder_ / name;
  }

  /// Writes an instance file and returns its path.
  [[nodiscard]] std::string instance(const std::string& name, const std::string& text) const {
    write_text(path(name), text);
    return path(name).string();
  }

  /// Runs the command to its end; `file_limit` bytes is the largest file that it can write.
  [[nodiscard]] Finished run(const std::vector<std::string>& arguments,
                             rlim_t file_limit = RLIM_INFINITY) const {
    const std::filesystem::path out = path(".stdout");
    const std::filesystem::path err = path(".stderr");
    const pid_t child = ::fork();
    if (child == 0) {
      const bool redirected = std::freopen(out.c_str(), "w", stdout) != nullptr &&
                              std::freopen(err.c_str(), "w", stderr) != nullptr;
      const rlimit limit{file_limit, file_limit};
      ::setrlimit(RLIMIT_FSIZE, &limit);
      std::signal(SIGXFSZ, SIG_IGN);  // as on a full disk, a write is to fail and no more
      if (!redirected) ::_exit(126);
      become_command(arguments);
    }
    Finished finished;
    int wait_status = 0;
    EXPECT_EQ(::waitpid(child, &wait_status, 0), child);
    set_ending(finished, wait_status);
    finished.out = read_text(out);
    finished.err = read_text(err);
    return finished;
  }

  /// Runs the command on a terminal; calls `watch(child, output so far)` whenever it has printed.
  [[nodiscard]] Finished run_on_terminal(
      const std::vector<std::string>& arguments,
      const std::function<void(pid_t, const std::string&)>& watch) const {
    int terminal = -1;
    const pid_t child = ::forkpty(&terminal, nullptr, nullptr, nullptr);
    if (child == 0) become_command(arguments);
    Finished finished;
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
    return nlohmann::json::parse(read_text(path(name)));
  }

  std::filesystem::path folder_;
};

}  // namespace wend::testing
