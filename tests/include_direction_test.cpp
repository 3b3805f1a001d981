// Includes go one way: tests, bench, examples -> host -> kernels -> include/wend.
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <optional>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

constexpr std::array kFolders = {"include/wend", "kernels", "host", "tests", "bench", "examples"};

/// Height of a folder: a file includes nothing that is higher than itself.
std::optional<int> height(const std::string& folder) {
  if (folder == "include/wend") return 0;
  if (folder == "kernels") return 1;
  if (folder == "host") return 2;
  if (folder == "tests" || folder == "bench" || folder == "examples") return 3;
  return std::nullopt;
}

std::string parent_folder(const std::string& path) {
  return fs::path(path).parent_path().generic_string();
}

/// What is wrong with the file at `path` (relative to the root) that holds `text`; one line each.
std::vector<std::string> violations(const std::string& path, const std::string& text) {
  static const std::regex include_line(R"re(^\s*#\s*include\s*([<"])([^>"]+)[>"])re");
  static const std::regex cuda_header("^(cuda|cub/|thrust/|cooperative_groups|cuda_runtime).*");
  // In two parts, so that this file does not hold the words that it looks for.
  const std::string compiler_name = std::string("__CUDA") + "CC__";
  const std::string device_pass = std::string("__CUDA_") + "ARCH__";
  const std::string folder = parent_folder(path);
  const int own_height = height(folder).value();
  std::vector<std::string> found;

  if (path != "kernels/platform.hpp" && text.find(compiler_name) != std::string::npos) {
    found.push_back(path + ": only kernels/platform.hpp asks for " + compiler_name);
  }
  if (folder != "kernels" && text.find(device_pass) != std::string::npos) {
    found.push_back(path + ": only kernels/ asks for " + device_pass);
  }
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (!std::regex_search(line, match, include_line)) continue;
    const bool quoted = match[1] == "\"";
    std::string header = match[2];
    if (!quoted && folder == "include/wend" && std::regex_match(header, cuda_header)) {
      found.push_back(path + ": a public header includes <" + header + ">");
    }
    const bool ours = quoted || header.rfind("wend/", 0) == 0 || height(parent_folder(header));
    if (!ours) continue;
    if (header.rfind("wend/", 0) == 0) header = "include/" + header;
    const std::optional<int> included_height = height(parent_folder(header));
    if (!included_height) {
      found.push_back(path + ": \"" + header + "\" is not written from the root of the project");
    } else if (*included_height > own_height ||
               (*included_height == own_height && parent_folder(header) != folder)) {
      found.push_back(path + ": includes " + header + ", which is above it");
    }
  }
  return found;
}

std::vector<std::string> source_files() {
  std::vector<std::string> paths;
  for (const char* folder : kFolders) {
    for (const auto& entry : fs::directory_iterator(fs::path(WEND_SOURCE_DIR) / folder)) {
      const std::string extension = entry.path().extension().string();
      if (extension == ".hpp" || extension == ".cpp" || extension == ".cu" || extension == ".cuh") {
        paths.push_back(std::string(folder) + "/" + entry.path().filename().string());
      }
    }
  }
  return paths;
}

TEST(IncludeDirection, WholeTree) {
  const std::vector<std::string> paths = source_files();
  ASSERT_GT(paths.size(), 20U);
  for (const std::string& path : paths) {
    std::ifstream file(fs::path(WEND_SOURCE_DIR) / path);
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    ASSERT_FALSE(text.empty()) << path;
    for (const std::string& violation : violations(path, text)) ADD_FAILURE() << violation;
  }
}

// The rules themselves: what they must refuse, and what they must let pass.
TEST(IncludeDirection, RefusesWhatPointsUp) {
  EXPECT_EQ(violations("include/wend/a.hpp", "#include \"kernels/walk.hpp\"\n").size(), 1U);
  EXPECT_EQ(violations("include/wend/a.hpp", "#include <cuda_runtime.h>\n").size(), 1U);
  EXPECT_EQ(violations("include/wend/a.hpp", "#include <cub/cub.cuh>\n").size(), 1U);
  EXPECT_EQ(violations("kernels/a.cu", "  #  include \"host/engine.hpp\"\n").size(), 1U);
  EXPECT_EQ(violations("kernels/a.cu", "#include <host/engine.hpp>\n").size(), 1U);
  EXPECT_EQ(violations("host/a.cpp", "#include \"tests/a.hpp\"\n").size(), 1U);
  EXPECT_EQ(violations("tests/a_test.cpp", "#include \"bench/a.hpp\"\n").size(), 1U);
  EXPECT_EQ(violations("host/a.cpp", "#include \"engine.hpp\"\n").size(), 1U);
  EXPECT_EQ(violations("host/a.cpp", "#include \"../kernels/walk.hpp\"\n").size(), 1U);
  EXPECT_EQ(violations("kernels/a.hpp", std::string("#ifdef __CUDA") + "CC__\n").size(), 1U);
  EXPECT_EQ(violations("host/a.cpp", std::string("#ifdef __CUDA_") + "ARCH__\n").size(), 1U);
}

TEST(IncludeDirection, AcceptsWhatPointsDown) {
  const std::vector<std::string> none;
  EXPECT_EQ(violations("tests/a_test.cpp", "#include \"host/engine.hpp\"\n"), none);
  EXPECT_EQ(violations("tests/a_test.cpp", "#include \"tests/a.hpp\"\n"), none);
  EXPECT_EQ(violations("host/a.cpp", "#include \"kernels/walk.hpp\"\n"), none);
  EXPECT_EQ(violations("host/a.cpp", "#include <cuda_runtime_api.h>\n"), none);
  EXPECT_EQ(violations("kernels/a.cu", "#include \"wend/error.hpp\"\n"), none);
  EXPECT_EQ(violations("include/wend/a.hpp", "#include <wend/error.hpp>\n"), none);
  EXPECT_EQ(violations("kernels/platform.hpp", std::string("#ifdef __CUDA") + "CC__\n"), none);
}

}  // namespace
