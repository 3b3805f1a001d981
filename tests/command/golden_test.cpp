// The bytes of a fixed set of runs are those of golden.txt: GoldenRuns with the files of
// GoldenInputs, one line of digests each.
//
// The list may change for one reason: the bytes change on purpose, and CHANGELOG.md says so. Then
//   WEND_GOLDEN_UPDATE=tests/command/golden.txt build/bin/golden_test
// writes it anew, and the lines that differ must be those that the change is about. It is then this
// build's word; WEND_GOLDEN_COMMAND=FILE runs another build of the command, so that one from before
// a change can be held against the list, or write it.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "host/files/digest.hpp"
#include "tests/command/golden_runs.hpp"
#include "tests/support/command_process.hpp"
#include "tests/support/golden_inputs.hpp"
#include "tests/support/npz_reader.hpp"

namespace wend::testing {
namespace {

// Of the runs, where they take ten times as long: the bytes are the other builds' affair.
#ifdef WEND_SANITIZED
constexpr std::size_t kEvery = 4;
#else
constexpr std::size_t kEvery = 1;
#endif
constexpr const char* kList = WEND_SOURCE_DIR "/tests/command/golden.txt";

/// What a line has a figure for: the exit status, then digests.
/// `samples`: all of the output file that is not in the next two. `masses`: its columns log_mass
/// and log_weight, whose last digits are those of the C library's `log` and `exp`: without FMA, or
/// with another library, some of these alone differ. `counters`: the arrays of counters and the
/// report's. `report`: the rest of it and standard error, or what `inspect` prints.
/// `diagnostics`: those of the report, its pilot and its choice, which are made of masses.
constexpr std::array kParts = {"status", "samples", "masses", "counters", "report", "diagnostics"};
using Parts = std::array<std::string, kParts.size()>;

/// A digest that says when it is of nothing.
struct Part {
  Digest digest;
  bool empty = true;

  void add(std::string_view bytes) {
    digest.add(bytes);
    empty = empty && bytes.empty();
  }
  [[nodiscard]] std::string text() const { return empty ? "-" : digest.text(); }
};

/// Nine digits: with several threads the sums of importance weights are added up in any order.
void add_rounded(const nlohmann::ordered_json& json, Part& part) {
  const nlohmann::ordered_json flat = json.flatten();
  for (const auto& [name, value] : flat.items()) {
    part.add(name);
    part.add(value.is_number_float() ? fmt::format("{:.9g}", value.get<double>()) : value.dump());
  }
}

/// Every byte goes to the samples or to the masses, by its column.
void add_csv(const std::string& text, Part& samples, Part& masses) {
  std::istringstream header(text.substr(0, text.find('\n')));
  std::vector<bool> is_mass;
  for (std::string name; std::getline(header, name, ',');)
    is_mass.push_back(name.starts_with("log_"));
  std::size_t column = 0;
  for (const char& byte : text) {
    (column < is_mass.size() && is_mass[column] ? masses : samples).add({&byte, 1});
    if (byte == ',') ++column;
    if (byte == '\n') column = 0;
  }
}

void add_npz(const std::string& bytes, Part& samples, Part& masses, Part& counters) {
  for (const auto& [name, array] : read_npz(bytes)) {
    Part& part = name.starts_with("log_")        ? masses
                 : name.starts_with("counters_") ? counters
                                                 : samples;
    part.add(name);
    part.add(array.header);
    part.add(array.data);
  }
}

class Golden : public CommandTest {
 protected:
  void SetUp() override {
    if (const char* command = std::getenv("WEND_GOLDEN_COMMAND"))
      command_ = std::filesystem::absolute(command).string();
    // Reports and messages then hold no path but the names in the commands.
    std::filesystem::current_path(folder_.path());
  }
  void TearDown() override { std::filesystem::current_path(before_); }

  [[nodiscard]] Parts parts_of(const std::string& command) const {
    std::vector<std::string> arguments;
    std::istringstream words(command);
    for (std::string word; words >> word;) arguments.push_back(word);
    const bool draws = arguments[0] == "sample";
    if (draws) arguments.insert(arguments.end(), {"--backend", "cpu", "--report", "report.json"});
    for (const char* file : {"out.npz", "out.csv", "report.json"}) std::filesystem::remove(file);

    const Finished finished = run(arguments);
    EXPECT_EQ(finished.signal, 0) << command;
    Part samples;
    Part masses;
    Part counters;
    Part report;
    Part diagnostics;
    add_csv(file_bytes("out.csv"), samples, masses);
    if (std::filesystem::exists("out.npz"))
      add_npz(file_bytes("out.npz"), samples, masses, counters);
    report.add(finished.err);
    if (!draws) report.add(finished.out);
    if (std::filesystem::exists("report.json")) {
      auto json = nlohmann::ordered_json::parse(file_bytes("report.json"));
      counters.add(json["counters"].dump());
      add_rounded(json["diagnostics"], diagnostics);
      add_rounded(json["pilot"], diagnostics);
      if (json.contains("choice")) add_rounded(json["choice"], diagnostics);
      for (const char* name :
           {"version", "counters", "diagnostics", "pilot", "choice", "timings", "device"})
        json.erase(name);
      for (const char* name : {"backend", "threads"}) json["options"].erase(name);
      report.add(json.dump());
    }
    return {std::to_string(finished.status),
            samples.text(),
            masses.text(),
            counters.text(),
            report.text(),
            diagnostics.text()};
  }

  std::filesystem::path before_ = std::filesystem::current_path();

 private:
  GoldenInputs inputs_{folder_};
};

std::string line_of(const std::string& command, const Parts& parts) {
  return fmt::format("{} {}", fmt::join(parts, " "), command);
}

/// The lines of the list, by command.
std::map<std::string, Parts> read_list() {
  std::map<std::string, Parts> list;
  std::ifstream lines(kList);
  EXPECT_TRUE(lines) << kList;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("#")) continue;
    std::istringstream words(line);
    Parts parts;
    for (std::string& part : parts) words >> part;
    std::string command;
    std::getline(words >> std::ws, command);
    EXPECT_TRUE(list.emplace(command, parts).second) << "twice: " << command;
  }
  return list;
}

void write_list(const std::filesystem::path& file, const std::vector<std::string>& lines) {
  std::ofstream list(file);
  list << "# Digests of runs; golden_test.cpp says what they are of and when they may change.\n"
       << fmt::format("# {} command\n", fmt::join(kParts, " "));
  for (const std::string& line : lines) list << line << '\n';
  list.close();
  EXPECT_TRUE(list) << file;
}

TEST_F(Golden, RunsGiveTheBytesOfTheList) {
  const char* update = std::getenv("WEND_GOLDEN_UPDATE");
  std::map<std::string, Parts> list;
  if (update == nullptr) list = read_list();
  std::vector<std::string> lines;
  const GoldenRuns runs;
  std::size_t number = 0;
  for (const std::string& command : runs.commands()) {
    if (++number % kEvery != 0) {
      list.erase(command);
      continue;
    }
    const Parts parts = parts_of(command);
    lines.push_back(line_of(command, parts));
    if (update != nullptr) continue;
    const auto golden = list.find(command);
    if (golden == list.end()) {
      ADD_FAILURE() << "not in the list: wend " << command;
      continue;
    }
    std::string differ;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (parts[i] == golden->second[i]) continue;
      differ += fmt::format("  {}: {}, in the list {}\n", kParts[i], parts[i], golden->second[i]);
    }
    if (!differ.empty()) ADD_FAILURE() << "wend " << command << '\n' << differ;
    list.erase(golden);
  }
  for (const auto& [command, parts] : list) ADD_FAILURE() << "in the list alone: wend " << command;
  if (update != nullptr) write_list(before_ / update, lines);
}

}  // namespace
}  // namespace wend::testing
