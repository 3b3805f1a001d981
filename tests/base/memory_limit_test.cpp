#include "host/base/memory_limit.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <tuple>

#include "tests/support/temporary_folder.hpp"

namespace wend {
namespace {

using testing::error_of;
using testing::TemporaryFolder;

TEST(MemoryLimit, RefusesWhatDoesNotFit) {
  constexpr std::uint64_t kGiB = std::uint64_t{1} << 30U;
  EXPECT_NO_THROW(check_memory(kGiB, "i.json: leaf_mass", kGiB));
  EXPECT_EQ(error_of(ErrorKind::kInput, [] { check_memory(kGiB + 1, "i.json: leaf_mass", kGiB); }),
            "i.json: leaf_mass: needs 1.0 GiB of memory, 1.0 GiB are available");
  EXPECT_NE(error_of(ErrorKind::kInput, [] { check_memory(std::uint64_t{1} << 63U, "x"); })
                .find("needs 8.0 EiB"),
            std::string::npos);
}

TEST(MemoryLimit, ReadsWhatTheSystemHas) {
  const TemporaryFolder folder;
  const auto meminfo =
      folder.add("meminfo", "MemTotal:  99 kB\nMemFree: 1 kB\nMemAvailable:    64 kB\n");
  const auto none = folder / "none";
  EXPECT_EQ(available_memory({meminfo, none, none}), 64U * 1024U);
  EXPECT_EQ(available_memory({none, none, none}), std::numeric_limits<std::uint64_t>::max());
  EXPECT_GT(available_memory(), 0U);
}

TEST(MemoryLimit, ReadsControlGroupsOfVersion2) {
  const TemporaryFolder folder;
  const auto none = folder / "none";
  const auto own = folder.add("own", "1:name=systemd:/\n0::/a/b\n");
  const auto available = [&] { return available_memory({none, own, folder.path()}); };
  std::filesystem::create_directories(folder / "a/b");
  std::ignore = folder.add("a/b/memory.max", "max\n");
  std::ignore = folder.add("a/b/memory.current", "700\n");
  EXPECT_EQ(available(), std::numeric_limits<std::uint64_t>::max());
  // The limit of a group holds for those within it.
  std::ignore = folder.add("a/memory.max", "1000\n");
  std::ignore = folder.add("a/memory.current", "800\n");
  EXPECT_EQ(available(), 200U);
  std::ignore = folder.add("a/b/memory.max", "750\n");
  EXPECT_EQ(available(), 50U);
  // Cached files make room.
  std::ignore = folder.add("a/b/memory.stat", "anon 3\ninactive_file 100\nactive_file 20\n");
  EXPECT_EQ(available(), 170U);
  std::ignore = folder.add("a/b/memory.current", "900\n");
  std::ignore = folder.add("a/b/memory.stat", "anon 900\n");
  EXPECT_EQ(available(), 0U);
}

TEST(MemoryLimit, ReadsControlGroupsOfVersion1) {
  const TemporaryFolder folder;
  const auto none = folder / "none";
  const auto own = folder.add("own", "5:cpu,memory:/not/shown/here\n0::/\n");
  const auto available = [&] { return available_memory({none, own, folder.path()}); };
  EXPECT_EQ(available(), std::numeric_limits<std::uint64_t>::max());
  // As in a container, where the group itself is what is mounted.
  std::filesystem::create_directories(folder / "memory");
  std::ignore = folder.add("memory/memory.limit_in_bytes", "9223372036854771712\n");
  std::ignore = folder.add("memory/memory.usage_in_bytes", "600\n");
  EXPECT_EQ(available(), std::numeric_limits<std::uint64_t>::max());
  std::ignore = folder.add("memory/memory.limit_in_bytes", "1000\n");
  EXPECT_EQ(available(), 400U);
  std::ignore = folder.add("memory/memory.stat", "inactive_file 1\ntotal_inactive_file 50\n");
  EXPECT_EQ(available(), 450U);
}

TEST(MemoryLimit, KnowsTheLimitOfTheAddressSpace) {
  rlimit before = {};
  ASSERT_EQ(::getrlimit(RLIMIT_AS, &before), 0);
  if (before.rlim_cur != RLIM_INFINITY) GTEST_SKIP() << "there is a limit already";
  rlimit limited = before;
  limited.rlim_cur = rlim_t{1} << 50U;  // more than sanitizers reserve
  ASSERT_EQ(::setrlimit(RLIMIT_AS, &limited), 0);
  const std::uint64_t available = available_memory({"/none", "/none", "/none"});
  ::setrlimit(RLIMIT_AS, &before);
  EXPECT_LT(available, std::uint64_t{1} << 50U);
  EXPECT_GT(available, 0U);
}

}  // namespace
}  // namespace wend
