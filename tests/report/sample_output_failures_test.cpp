// Outputs that cannot be written, and runs that end early: a message, and no file left behind.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "host/report/sample_spool.hpp"
#include "tests/support/sample_tables.hpp"
#include "tests/support/temporary_folder.hpp"

namespace wend {
namespace {

using test::put;
using test::put_all;
using test::result_of;
using test::small_table;
using testing::error_of;
using testing::file_bytes;
using testing::TemporaryFolder;

TEST(SampleOutput, RefusesDrawsThatDoNotAddUp) {
  const TemporaryFolder folder;
  const SampleTable table = small_table();
  const auto refusal = [&](auto&& use) {
    SampleSpool spool(folder / "a.npz", table);
    const std::string message = error_of(ErrorKind::kRuntime, [&] { use(spool); });
    const std::string start = (folder / "a.npz").string() + ": ";
    EXPECT_EQ(message.substr(0, start.size()), start);
    return message.substr(start.size());
  };
  EXPECT_EQ(refusal([&](SampleSpool& spool) { put(spool, table, 0, 5, 7); }),
            "rows 5 to 11 are not of chain 0");
  EXPECT_EQ(refusal([&](SampleSpool& spool) { put(spool, table, 10, 0, 1); }),
            "rows 103 to 103 are not of chain 10");
  EXPECT_EQ(refusal([&](SampleSpool& spool) { spool.finish(result_of(table)); }),
            "the chains drew 103 samples, 0 were handed over");
  EXPECT_EQ(refusal([&](SampleSpool& spool) {
              std::vector<std::uint64_t> drawn(10, 0);
              drawn[4] = 11;
              spool.finish(result_of(table, drawn));
            }),
            "chain 4 drew 11 samples, not 10");
  EXPECT_TRUE(folder.names().empty());
}

TEST(SampleOutput, RefusesOtherExtensions) {
  const TemporaryFolder folder;
  for (const std::string name : {"a.txt", "a", "npz", ".npz", "a.npz.gz"}) {
    EXPECT_EQ(
        error_of(ErrorKind::kUsage, [&] { const SampleSpool spool(folder / name, small_table()); }),
        (folder / name).string() + ": must end in .npz or .csv");
  }
  EXPECT_TRUE(folder.names().empty());
}

TEST(SampleOutput, RefusesBeforeTheRunWhatCannotBeWritten) {
  const TemporaryFolder folder;
  const auto refusal = [](const std::filesystem::path& path, const SampleTable& table) {
    const std::string message =
        error_of(ErrorKind::kRuntime, [&] { const SampleSpool spool(path, table); });
    EXPECT_EQ(message.substr(0, path.string().size() + 2), path.string() + ": ");
    return message;
  };
  const SampleTable table = small_table();
  EXPECT_NE(refusal(folder / "none/a.npz", table).find("No such file or directory"),
            std::string::npos);
  const auto file = folder.add("file", "");
  EXPECT_NE(refusal(file / "a.npz", table).find("Not a directory"), std::string::npos);
  std::filesystem::create_directory(folder / "d.npz");
  EXPECT_NE(refusal(folder / "d.npz", table).find("not a regular file"), std::string::npos);
  EXPECT_NE(refusal("/proc/a.npz", table).find("cannot write to the folder /proc"),
            std::string::npos);
  if (::geteuid() != 0) {  // root may write everywhere
    std::filesystem::permissions(folder.path(), std::filesystem::perms::owner_write,
                                 std::filesystem::perm_options::remove);
    EXPECT_NE(refusal(folder / "a.npz", table).find("Permission denied"), std::string::npos);
    std::filesystem::permissions(folder.path(), std::filesystem::perms::owner_write,
                                 std::filesystem::perm_options::add);
  }
  SampleTable large = table;
  large.samples = std::uint64_t{1} << 50U;
  EXPECT_NE(refusal(folder / "a.npz", large).find(" of disk, "), std::string::npos);
  large.samples = std::uint64_t{1} << 62U;
  EXPECT_NE(refusal(folder / "a.npz", large).find("overflow"), std::string::npos);
  EXPECT_EQ(folder.names(), (std::vector<std::string>{"d.npz", "file"}));
}

// A full disk, as far as this process can tell: no file grows beyond `bytes`.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limited = before_;
    limited.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limited);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_ = {};
  void (*handler_)(int) = nullptr;
};

TEST(SampleOutput, LeavesNothingBehindOnAFullDisk) {
  const SampleTable table{
      .samples = 20000, .chains = 4, .horizon = 3, .alphabet = 2, .with_weight = false};
  const SampleResult result = result_of(table);
  for (const std::string name : {"a.npz", "a.csv"}) {
    // 160,000 bytes of log masses; the outputs are larger. Full while drawing, then at the end.
    for (const rlim_t limit : {rlim_t{100'000}, rlim_t{170'000}}) {
      const TemporaryFolder folder;
      const auto output = folder.add(name, "what was there before");
      {
        SampleSpool spool(output, table);
        const FileSizeLimit full(limit);
        bool drawn = false;
        const std::string message = error_of(ErrorKind::kRuntime, [&] {
          put_all(spool, table, result);
          drawn = true;
          spool.finish(result);
        });
        EXPECT_EQ(message, output.string() + ": cannot write: File too large");
        EXPECT_EQ(drawn, limit > 160'000);
      }
      EXPECT_EQ(folder.names(), std::vector<std::string>{name});
      EXPECT_EQ(file_bytes(output), "what was there before");
    }
  }
}

TEST(SampleOutput, LeavesNothingBehindWhenKilled) {
  const TemporaryFolder folder;
  const SampleTable table = small_table();
  const pid_t child = ::fork();
  if (child == 0) {
    SampleSpool spool(folder / "a.npz", table);
    put_all(spool, table, result_of(table));
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_TRUE(folder.names().empty());
}

}  // namespace
}  // namespace wend
