#include "host/files/input_files.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/temporary_folder.hpp"

namespace wend {
namespace {

using testing::error_of;
using testing::TemporaryFolder;

TEST(InputFiles, HaveOneDigest) {
  const TemporaryFolder folder;
  InputFiles inputs;
  EXPECT_EQ(inputs.digest(), "cbf29ce484222325");  // FNV-1a of nothing
  inputs.add(folder.add("a", "foo"));
  EXPECT_NE(inputs.digest(), "cbf29ce484222325");
  inputs.add(folder.add("b", "bar"));
  EXPECT_EQ(inputs.digest(), "85944171f73967e8");  // of "foobar"
  EXPECT_EQ(inputs.paths(), (std::vector{folder / "a", folder / "b"}));
}

TEST(InputFiles, ThatChangeWhileTheyAreReadAreNoticed) {
  const TemporaryFolder folder;
  const auto refused = [&](auto&& change) {
    InputFiles inputs;
    inputs.add(folder.add("a", "first"));
    change();
    EXPECT_EQ(error_of(ErrorKind::kRuntime, [&] { static_cast<void>(inputs.digest()); }),
              (folder / "a").string() + ": was changed while it was read");
  };
  refused([&] { folder.add("a", "longer than before"); });
  refused([&] { std::filesystem::resize_file(folder / "a", 2); });
  refused([&] { std::filesystem::remove(folder / "a"); });
  refused([&] {  // written anew, with the size that it had
    std::filesystem::last_write_time(
        folder / "a", std::filesystem::file_time_type::clock::now() + std::chrono::seconds(1));
  });
  refused([&] { std::filesystem::rename(folder.add("b", "first"), folder / "a"); });
}

}  // namespace
}  // namespace wend
