#include "host/files/output_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "host/files/npz_writer.hpp"
#include "tests/support/temporary_folder.hpp"

namespace wend {
namespace {

using testing::error_of;
using testing::file_bytes;
using testing::TemporaryFolder;
using Naming = TemporaryFile::Naming;

TEST(OutputFile, AppearsWholeOrNotAtAll) {
  const TemporaryFolder folder;
  for (const Naming naming : {Naming::kNamelessIfPossible, Naming::kNamed}) {
    const auto path = folder.add("report.json", "old");
    {
      OutputFile file(path, naming);
      file.write("never");
    }
    EXPECT_EQ(file_bytes(path), "old");
    EXPECT_EQ(folder.names(), std::vector<std::string>{"report.json"});
    OutputFile file(path, naming);
    file.write("ne");
    file.write("w");
    EXPECT_EQ(file_bytes(path), "old");
    EXPECT_EQ(file.size(), 3U);
    file.commit();
    EXPECT_EQ(file_bytes(path), "new");
    EXPECT_EQ(folder.names(), std::vector<std::string>{"report.json"});
  }
}

TEST(OutputFile, HasThePermissionsThatTheUserAsksFor) {
  const TemporaryFolder folder;
  const mode_t before = ::umask(027);
  for (const Naming naming : {Naming::kNamelessIfPossible, Naming::kNamed}) {
    OutputFile file(folder / "a.json", naming);
    file.commit();
    EXPECT_EQ(static_cast<unsigned>(std::filesystem::status(folder / "a.json").permissions()),
              0640U);
    std::filesystem::remove(folder / "a.json");
  }
  ::umask(before);
}

TEST(OutputFile, FollowsSymbolicLinks) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "elsewhere");
  std::filesystem::create_symlink("elsewhere/real.json", folder / "link.json");
  for (const std::string text : {"made", "replaced"}) {
    OutputFile file(folder / "link.json");
    file.write(text);
    file.commit();
    EXPECT_TRUE(std::filesystem::is_symlink(folder / "link.json"));
    EXPECT_EQ(file_bytes(folder / "elsewhere/real.json"), text);
  }
}

TEST(OutputFile, TakesNamesInTheWorkingFolder) {
  const TemporaryFolder folder;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  OutputFile file("here.json");
  file.write("x");
  file.commit();
  std::filesystem::current_path(before);
  EXPECT_EQ(folder.names(), std::vector<std::string>{"here.json"});
}

TEST(OutputFile, WritesToDevices) {
  OutputFile nowhere("/dev/null");
  nowhere.write("x");
  nowhere.commit();
  EXPECT_EQ(std::filesystem::status("/dev/null").type(), std::filesystem::file_type::character);
}

TEST(OutputFile, RefusesFolders) {
  const TemporaryFolder folder;
  EXPECT_EQ(error_of(ErrorKind::kRuntime, [&] { const OutputFile file(folder.path()); }),
            folder.path().string() + ": cannot write: not a regular file");
  const std::string slash = folder.path().string() + "/";
  EXPECT_EQ(error_of(ErrorKind::kRuntime, [&] { const OutputFile file(slash); }),
            slash + ": cannot write: names a folder, not a file");
}

TEST(NpzWriter, PassesOnWhatASourceThrows) {
  const TemporaryFolder folder;
  {
    OutputFile file(folder / "a.npz");
    const auto source = [](std::span<std::byte>) {
      throw Error(ErrorKind::kRuntime, "the source is broken");
    };
    EXPECT_EQ(error_of(ErrorKind::kRuntime,
                       [&] {
                         write_npz(file, {{"a", NpyType::kF8, {100}, source}});
                       }),
              "the source is broken");
  }
  EXPECT_TRUE(folder.names().empty());
}

}  // namespace
}  // namespace wend
