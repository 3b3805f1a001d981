// Where outputs go: standard output, pipes, devices, files that may not be replaced, inputs.
#include <fcntl.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>

#include "tests/support/long_run.hpp"

namespace wend::testing {
namespace {

constexpr const char* kHeader = "chain,log_mass,s0,s1,s2\n";

class OutputTargets : public LongRunTest {};

TEST_F(OutputTargets, StandardOutputHasTheOutputAlone) {
  ASSERT_EQ(run(arguments({"--samples", "5", "--output", path("right.csv")})).status, 0);
  const std::string right = file_bytes(path("right.csv"));
  for (const std::string name : {"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"}) {
    const Finished drawn = run(arguments({"--samples", "5", "--output", name}));
    EXPECT_EQ(drawn.status, 0) << drawn.err;
    EXPECT_EQ(drawn.out, right) << name;
    EXPECT_TRUE(drawn.err.starts_with("instance ")) << drawn.err;

    const Finished reported = run(arguments({"--samples", "5", "--report", name, "--quiet"}));
    EXPECT_EQ(reported.status, 0) << reported.err;
    EXPECT_EQ(nlohmann::json::parse(reported.out)["drawn"], 5) << name;
    EXPECT_EQ(reported.err, "");
  }
  expect_refused(arguments({"--output", "-", "--report", "-"}), 2,
                 "--report: is the same file as --output");
  EXPECT_EQ(folder_.names(), (std::vector<std::string>{"right.csv", "tree.json"}));
}

TEST_F(OutputTargets, WhatIsOpenIsAddedTo) {
  for (const std::string name : {"/dev/fd/7", "/proc/self/fd/7"}) {
    ASSERT_EQ(folder_.add("log", "before\n"), path("log"));
    const Finished finished = run(arguments({"--samples", "5", "--output", name}), [this] {
      ::dup2(::open(path("log").c_str(), O_WRONLY | O_APPEND), 7);
    });
    EXPECT_EQ(finished.status, 0) << finished.err;
    EXPECT_TRUE(file_bytes(path("log")).starts_with(std::string("before\n") + kHeader));
  }
  expect_refused(arguments({"--report", "/dev/fd/77"}), 4,
                 "/dev/fd/77: cannot write: Bad file descriptor");
  // Numbers that the command's own files take meanwhile.
  for (const char* own : {"/dev/fd/3", "/dev/fd/4", "/dev/fd/5", "/dev/fd/6"}) {
    const Finished finished = run(arguments({"--output", path("out.csv"), "--report", own}), [] {
      for (int descriptor = 3; descriptor < 10; ++descriptor) ::close(descriptor);
    });
    EXPECT_EQ(finished.status, 4) << own;
    EXPECT_EQ(finished.err, std::string("wend: ") + own + ": cannot write: Bad file descriptor\n");
  }
  const Finished reading =
      run(arguments({"--report", "/dev/fd/7"}), [] { ::dup2(::open("/dev/null", O_RDONLY), 7); });
  EXPECT_EQ(reading.status, 4);
  EXPECT_EQ(reading.err, "wend: /dev/fd/7: cannot write: it is not open for writing\n");
}

TEST_F(OutputTargets, PipesAndDevices) {
  EXPECT_EQ(run(arguments({"--output", "/dev/null", "--report", "/dev/null"})).status, 0);
  ASSERT_EQ(::mkfifo(path("pipe.npz").c_str(), 0600), 0);
  // What the pipe does not hold would have to be read meanwhile; this is less.
  const int reader = ::open(path("pipe.npz").c_str(), O_RDONLY | O_NONBLOCK);
  const Finished finished =
      run(arguments({"--samples", "50", "--output", path("pipe.npz"), "--quiet"}));
  std::string read(1U << 16U, '\0');
  const ssize_t size = ::read(reader, read.data(), read.size());
  read.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  ::close(reader);
  EXPECT_EQ(finished.status, 0) << finished.err;
  ASSERT_EQ(run(arguments({"--samples", "50", "--output", path("file.npz")})).status, 0);
  EXPECT_EQ(read, file_bytes(path("file.npz")));

  const Finished no_reader =
      run(arguments({"--output", "-", "--samples", "100000", "--quiet"}), [] {
        std::array<int, 2> ends{};
        if (::pipe(ends.data()) != 0) ::_exit(125);
        ::close(ends[0]);
        ::dup2(ends[1], STDOUT_FILENO);
      });
  EXPECT_EQ(no_reader.status, 4);
  EXPECT_EQ(no_reader.err, "wend: standard output: cannot write: Broken pipe\n");
}

TEST_F(OutputTargets, ModesStay) {
  for (const mode_t mode : {0600U, 0664U, 0444U | 0200U}) {
    ASSERT_EQ(folder_.add("report.json", "before"), path("report.json"));
    ::chmod(path("report.json").c_str(), mode);
    ASSERT_EQ(run(arguments({"--report", path("report.json")})).status, 0);
    struct stat status = {};
    ASSERT_EQ(::stat(path("report.json").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, mode);
    std::filesystem::remove(path("report.json"));
  }
}

TEST_F(OutputTargets, ThatMayNotBeReplacedAreFoundBeforeTheRun) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs another user";
  constexpr uid_t kNobody = 65534;
  // The program, where anybody can run it.
  std::filesystem::permissions(folder_.path(), std::filesystem::perms(0777));
  std::filesystem::copy(command_, path("wend"));
  std::filesystem::create_directory(path("sticky"));
  ::chmod(path("sticky").c_str(), 01777);
  ASSERT_EQ(folder_.add("sticky/report.json", "of root"), path("sticky/report.json"));
  ::chmod(path("sticky/report.json").c_str(), 0666);
  CommandTest::command_ = path("wend");
  const auto as_nobody = [] {
    if (::setgid(kNobody) != 0 || ::setuid(kNobody) != 0) ::_exit(125);
  };
  const Finished refused = run(arguments({"--report", path("sticky/report.json")}), as_nobody);
  EXPECT_EQ(refused.status, 4);
  EXPECT_EQ(refused.out, "");
  EXPECT_EQ(refused.err, "wend: " + path("sticky/report.json") +
                             ": cannot write: the file cannot be replaced: Operation not "
                             "permitted\n");
  EXPECT_EQ(file_bytes(path("sticky/report.json")), "of root");
  EXPECT_EQ(run(arguments({"--report", path("sticky/new.json")}), as_nobody).status, 0);
  EXPECT_EQ(
      std::filesystem::directory_iterator(path("sticky"))->path().filename().string()[0] == '.',
      false);
}

TEST_F(OutputTargets, AreKeptWhereTheLastStepFails) {
  std::filesystem::create_directory(path("folder"));
  const pid_t child = start_drawing({"--output", path("folder/out.npz")});
  std::filesystem::remove(path("folder"));
  ::kill(child, SIGTERM);
  const Finished finished = finish(child);
  EXPECT_EQ(finished.status, 4);
  const std::string start = "wend: " + path("folder/out.npz") +
                            ": cannot write: No such file or directory; the finished file is ";
  ASSERT_TRUE(finished.err.starts_with(start)) << finished.err;
  const std::string kept =
      finished.err.substr(start.size(), finished.err.size() - start.size() - 1);
  expect_some_draws(file_bytes(kept));
  std::filesystem::remove(kept);

  // A folder in the place of the file, made during the run.
  const pid_t other = start_drawing({"--output", path("out.npz")});
  std::filesystem::create_directory(path("out.npz"));
  ::kill(other, SIGTERM);
  const Finished replaced = finish(other);
  EXPECT_EQ(replaced.status, 4);
  const std::string said = "wend: " + path("out.npz") +
                           ": cannot write: Is a directory; the finished file is " +
                           folder_.path().string() + "/.wend-";
  EXPECT_TRUE(replaced.err.starts_with(said)) << replaced.err;
}

TEST_F(OutputTargets, DrawsStayWhereTheReportCannotBeWritten) {
  std::filesystem::create_directory(path("folder"));
  const pid_t child =
      start_drawing({"--output", path("out.npz"), "--report", path("folder/report.json")});
  std::filesystem::create_directory(path("folder/report.json"));
  ::kill(child, SIGTERM);
  const Finished finished = finish(child);
  EXPECT_EQ(finished.status, 4);
  EXPECT_TRUE(finished.err.ends_with("; the draws are in " + path("out.npz") + "\n"))
      << finished.err;
  expect_some_draws(file_bytes(path("out.npz")));
}

TEST_F(OutputTargets, NamesThatAreTooLongAreFoundBeforeTheRun) {
  const std::string name = path(std::string(300, 'x') + ".json");
  expect_refused(arguments({"--report", name, "--output", path("out.npz")}), 4,
                 name + ": cannot write: File name too long");
  expect_nothing_written();
}

/// An instance that reads files, each under another key.
class Inputs : public LongRunTest {
 protected:
  void expect_protected(const std::string& instance, const std::vector<std::string>& files) const {
    for (const std::string& file : files) {
      const std::string before = file_bytes(path(file));
      std::filesystem::create_symlink(file, path("symbolic"));
      std::filesystem::create_hard_link(path(file), path("hard"));
      const std::string folder = folder_.path().filename().string();
      for (const std::string& name :
           {file, std::string("symbolic"), std::string("hard"), "../" + folder + "/" + file}) {
        const Finished finished =
            run({"sample", path(instance), "--report", path(name), "--samples", "20"});
        EXPECT_EQ(finished.status, 2) << file << " as " << name << ": " << finished.err;
        EXPECT_TRUE(finished.err.starts_with("wend: --report: is ")) << finished.err;
        EXPECT_EQ(file_bytes(path(file)), before);
      }
      std::filesystem::remove(path("symbolic"));
      std::filesystem::remove(path("hard"));
    }
  }

  static std::string npy(const std::vector<double>& values) {
    std::string text = "{'descr': '<f8', 'fortran_order': False, 'shape': (" +
                       std::to_string(values.size()) + ",)}";
    text.resize(117, ' ');
    text = std::string("\x93NUMPY\x01\x00\x76\x00", 10) + text + "\n";
    return text.append(reinterpret_cast<const char*>(values.data()),
                       values.size() * sizeof(double));
  }
};

TEST_F(Inputs, AreNotWrittenOver) {
  folder_.add("masses.npy", npy({1, 2, 3, 4}));
  folder_.add("estimates.npy", npy({10, 3, 7, 1, 2, 3, 4}));
  folder_.add("words.txt", "ab\nba\na\n");
  folder_.add("other.txt", "b\nab\n");
  folder_.add("file.json", R"({"wend": 1, "kind": "tree", "alphabet": 2, "horizon": 2,
    "leaf_mass": "masses.npy", "estimate": {"kind": "file", "path": "estimates.npy"}})");
  folder_.add("words.json", R"({"wend": 1, "kind": "ngram", "corpus": "words.txt", "order": 2,
    "horizon": 4, "estimate": {"kind": "exact"}})");
  folder_.add("corpora.json", R"({"wend": 1, "kind": "class", "horizon": 4, "truth": 1,
    "family": {"kind": "corpora", "corpora": ["words.txt", "other.txt"], "order": 2},
    "kappa": 1, "estimate": {"kind": "exact"}})");
  folder_.add("list.json", R"({"wend": 1, "kind": "class", "members": ["file.json", "tree2.json"],
    "oracle": "tree2.json", "kappa": 1.5})");
  folder_.add("tree2.json", R"({"wend": 1, "kind": "tree", "alphabet": 2, "horizon": 2,
    "leaf_mass": [4, 3, 2, 1], "estimate": {"kind": "exact"}})");
  expect_protected("file.json", {"file.json", "masses.npy", "estimates.npy"});
  expect_protected("words.json", {"words.json", "words.txt"});
  expect_protected("corpora.json", {"corpora.json", "words.txt", "other.txt"});
  expect_protected("list.json",
                   {"list.json", "file.json", "masses.npy", "estimates.npy", "tree2.json"});
}

TEST_F(Inputs, ThatChangeDuringTheRunDoNotMatter) {
  folder_.add("masses.npy", npy({1, 2, 3, 4, 5, 6, 7, 8}));
  tree_ = instance("file.json", R"({"wend": 1, "kind": "tree", "alphabet": 2, "horizon": 3,
    "leaf_mass": "masses.npy", "estimate": {"kind": "noise", "model": "sign", "kappa": 1.5,
    "seed": 7}})");
  for (const bool cut : {false, true}) {
    const pid_t child =
        start_drawing({"--output", path("out.npz"), "--report", path("report.json")});
    // In place: the same inode.
    std::ofstream(path("masses.npy"), cut ? std::ios::trunc : std::ios::in | std::ios::out)
        << (cut ? "" : npy({8, 7, 6, 5, 4, 3, 2, 1}));
    ::kill(child, SIGTERM);
    const Finished finished = finish(child);
    EXPECT_EQ(finished.status, 130) << finished.err << finished.signal;
    auto arrays = read_npz(file_bytes(path("out.npz")));
    const auto symbols = arrays["samples.npy"].values<std::uint8_t>();
    const auto log_mass = arrays["log_mass.npy"].values<double>();
    for (std::size_t row = 0; row < log_mass.size(); ++row) {
      const int leaf = 4 * symbols[3 * row] + 2 * symbols[3 * row + 1] + symbols[3 * row + 2];
      ASSERT_NEAR(log_mass[row], std::log(leaf + 1), 1e-12);
    }
    folder_.add("masses.npy", npy({1, 2, 3, 4, 5, 6, 7, 8}));
  }
}

}  // namespace
}  // namespace wend::testing
