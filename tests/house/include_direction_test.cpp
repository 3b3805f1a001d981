// Includes go one way, down the order of the rooms.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <optional>
#include <regex>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace fs = std::filesystem;

/// The rooms, the lowest first: a file includes its own room's files and those of rooms before it.
/// A room's subfolders are part of it.
constexpr std::array kRooms = {"include/wend",
                               "kernels/platform.hpp",
                               "kernels/lanes",
                               "kernels/random",
                               "kernels/walk",
                               "kernels/views",
                               "kernels/lockstep",
                               "kernels/neural",
                               "kernels/elimination",
                               "kernels/cuda",
                               "host/base",
                               "host/files",
                               "host/oracles",
                               "host/instances",
                               "host/engines",
                               "host/elimination",
                               "host/adapt",
                               "host/run",
                               "host/baselines",
                               "host/report",
                               "host/c",
                               "host/command"};
/// Above all of them, and strangers to each other: whoever uses wend.
constexpr std::array kUsers = {"tests", "bench", "examples", "python"};
/// The room of `tests` that the others there share.
constexpr std::string_view kTestSupport = "tests/support/";

bool lies_in(std::string_view path, std::string_view folder) {
  return path == folder ||
         (path.starts_with(folder) && path.size() > folder.size() && path[folder.size()] == '/');
}

struct Place {
  std::size_t height;
  std::string room;
};

std::optional<Place> place_of(const std::string& path) {
  for (std::size_t i = 0; i < kRooms.size(); ++i)
    if (lies_in(path, kRooms[i])) return Place{i, kRooms[i]};
  for (const char* folder : kUsers) {
    if (!lies_in(path, folder)) continue;
    if (path.starts_with(kTestSupport)) return Place{kRooms.size(), std::string(kTestSupport)};
    return Place{kRooms.size() + 1, fs::path(path).parent_path().generic_string()};
  }
  return std::nullopt;
}

/// True if a file at `from` may include the one at `to`.
bool may_include(const std::string& from, const Place& own, const std::string& to,
                 const Place& other) {
  const bool foreign = to.starts_with(kTestSupport) && !lies_in(from, "tests");
  return !foreign && (other.height < own.height || other.room == own.room);
}

/// What is wrong with the file at `path` (relative to the root) that holds `text`; one line each.
std::vector<std::string> violations(const std::string& path, const std::string& text) {
  static const std::regex include_line(R"re(^\s*#\s*include\s*([<"])([^>"]+)[>"])re");
  static const std::regex cuda_header("^(cuda|cub/|thrust/|cooperative_groups|cuda_runtime).*");
  // In two parts, so that this file does not hold the words that it looks for.
  const std::string compiler_name = std::string("__CUDA") + "CC__";
  const std::string device_pass = std::string("__CUDA_") + "ARCH__";
  std::vector<std::string> found;
  const std::optional<Place> own = place_of(path);
  if (!own) return {path + ": stands in no room; the rooms are in this test"};

  if (path != "kernels/platform.hpp" && text.find(compiler_name) != std::string::npos)
    found.push_back(path + ": only kernels/platform.hpp asks for " + compiler_name);
  if (!lies_in(path, "kernels") && text.find(device_pass) != std::string::npos)
    found.push_back(path + ": only kernels/ asks for " + device_pass);
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (!std::regex_search(line, match, include_line)) continue;
    const bool quoted = match[1] == "\"";
    std::string header = match[2];
    if (!quoted && own->room == "include/wend" && std::regex_match(header, cuda_header))
      found.push_back(path + ": a public header includes <" + header + ">");
    if (header.starts_with("wend/")) header = "include/" + header;
    const std::optional<Place> other = place_of(header);
    if (!quoted && !other) continue;  // somebody else's header
    if (!other)
      found.push_back(path + ": \"" + header + "\" is not written from the root of the project");
    else if (!may_include(path, *own, header, *other))
      found.push_back(path + ": includes " + header + ", which is above it");
  }
  return found;
}

bool is_source(const fs::path& path) {
  const std::string extension = path.extension().string();
  return extension == ".hpp" || extension == ".cpp" || extension == ".cu" || extension == ".cuh";
}

std::vector<std::string> source_files() {
  const fs::path root = WEND_SOURCE_DIR;
  std::vector<std::string> paths;
  for (const char* folder : {"include", "kernels", "host", "tests", "bench", "examples"})
    for (const auto& entry : fs::recursive_directory_iterator(root / folder))
      if (is_source(entry.path()))
        paths.push_back(entry.path().lexically_relative(root).generic_string());
  return paths;
}

TEST(IncludeDirection, WholeTree) {
  const std::vector<std::string> paths = source_files();
  ASSERT_GT(paths.size(), 200U);
  for (const std::string& path : paths) {
    std::ifstream file(fs::path(WEND_SOURCE_DIR) / path);
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    ASSERT_FALSE(text.empty()) << path;
    for (const std::string& violation : violations(path, text)) ADD_FAILURE() << violation;
  }
}

TEST(IncludeDirection, EveryRoomIsThere) {
  for (const char* room : kRooms) EXPECT_TRUE(fs::exists(fs::path(WEND_SOURCE_DIR) / room)) << room;
}

// The rules themselves: what they must refuse, and what they must let pass.
TEST(IncludeDirection, RefusesWhatPointsUp) {
  EXPECT_EQ(violations("include/wend/a.hpp", "#include \"kernels/walk/walk.hpp\"\n").size(), 1U);
  EXPECT_EQ(violations("include/wend/a.hpp", "#include <cuda_runtime.h>\n").size(), 1U);
  EXPECT_EQ(violations("include/wend/a.hpp", "#include <cub/cub.cuh>\n").size(), 1U);
  EXPECT_EQ(violations("kernels/cuda/a.cu", "  #  include \"host/base/a.hpp\"\n").size(), 1U);
  EXPECT_EQ(violations("kernels/cuda/a.cu", "#include <host/base/a.hpp>\n").size(), 1U);
  EXPECT_EQ(violations("kernels/walk/a.hpp", "#include \"kernels/views/a.hpp\"\n").size(), 1U);
  EXPECT_EQ(violations("host/base/a.cpp", "#include \"host/files/a.hpp\"\n").size(), 1U);
  EXPECT_EQ(violations("host/engines/cpu/a.cpp", "#include \"host/run/a.hpp\"\n").size(), 1U);
  EXPECT_EQ(violations("host/run/a.cpp", "#include \"tests/support/a.hpp\"\n").size(), 1U);
  EXPECT_EQ(violations("tests/run/a_test.cpp", "#include \"bench/a.hpp\"\n").size(), 1U);
  EXPECT_EQ(violations("tests/run/a_test.cpp", "#include \"tests/files/a.hpp\"\n").size(), 1U);
  EXPECT_EQ(violations("tests/support/a.hpp", "#include \"tests/files/a.hpp\"\n").size(), 1U);
  EXPECT_EQ(violations("bench/a.cpp", "#include \"tests/support/a.hpp\"\n").size(), 1U);
  EXPECT_EQ(violations("host/run/a.cpp", "#include \"engine.hpp\"\n").size(), 1U);
  EXPECT_EQ(violations("host/run/a.cpp", "#include \"../kernels/walk.hpp\"\n").size(), 1U);
  EXPECT_EQ(violations("host/loose.cpp", "#include <vector>\n").size(), 1U);
  EXPECT_EQ(violations("kernels/walk/a.hpp", std::string("#ifdef __CUDA") + "CC__\n").size(), 1U);
  EXPECT_EQ(violations("host/run/a.cpp", std::string("#ifdef __CUDA_") + "ARCH__\n").size(), 1U);
}

TEST(IncludeDirection, AcceptsWhatPointsDown) {
  const std::vector<std::string> none;
  EXPECT_EQ(violations("tests/run/a_test.cpp", "#include \"host/run/a.hpp\"\n"), none);
  EXPECT_EQ(violations("tests/run/a_test.cpp", "#include \"tests/support/a.hpp\"\n"), none);
  EXPECT_EQ(violations("tests/support/a.hpp", "#include \"tests/support/b.hpp\"\n"), none);
  EXPECT_EQ(violations("host/run/a.cpp", "#include \"kernels/walk/walk.hpp\"\n"), none);
  EXPECT_EQ(violations("host/instances/tree/a.cpp", "#include \"host/instances/a.hpp\"\n"), none);
  EXPECT_EQ(violations("host/run/a.cpp", "#include <cuda_runtime_api.h>\n"), none);
  EXPECT_EQ(violations("kernels/cuda/a.cu", "#include \"wend/error.hpp\"\n"), none);
  EXPECT_EQ(violations("include/wend/a.hpp", "#include <wend/error.hpp>\n"), none);
  EXPECT_EQ(violations("kernels/platform.hpp", std::string("#ifdef __CUDA") + "CC__\n"), none);
}

}  // namespace
