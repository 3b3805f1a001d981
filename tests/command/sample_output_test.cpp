#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <limits>
#include <numeric>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "host/files/npz_writer.hpp"
#include "host/report/sample_spool.hpp"
#include "tests/support/npz_reader.hpp"
#include "tests/support/temporary_folder.hpp"
#include "wend/counters.hpp"

namespace wend {
namespace {

using testing::error_of;
using testing::file_bytes;
using testing::read_npz;
using testing::ReadArray;
using testing::TemporaryFolder;
using Naming = TemporaryFile::Naming;

// Draws that are pure functions of their row.
std::uint16_t symbol_at(std::uint64_t row, std::uint32_t h, std::uint32_t alphabet) {
  return static_cast<std::uint16_t>((row * 2654435761U + h * 40503U) % alphabet);
}
double log_mass_at(std::uint64_t row) { return -std::sqrt(static_cast<double>(row) + 0.1); }
double log_weight_at(std::uint64_t row) { return std::sin(static_cast<double>(row)) * 1e-7; }

// Hands over `count` draws of a chain, from its draw `begin` on.
void put(SampleSpool& spool, const SampleTable& table, std::uint64_t chain, std::uint64_t begin,
         std::uint64_t count) {
  const std::uint64_t row = first_row(table.samples, table.chains, chain) + begin;
  std::vector<std::uint16_t> symbols;
  std::vector<double> log_mass;
  std::vector<double> log_weight;
  for (std::uint64_t i = row; i < row + count; ++i) {
    for (std::uint32_t h = 0; h < table.horizon; ++h) {
      symbols.push_back(symbol_at(i, h, table.alphabet));
    }
    log_mass.push_back(log_mass_at(i));
    log_weight.push_back(log_weight_at(i));
  }
  spool.put({row, chain, count, symbols.data(), log_mass.data(),
             table.with_weight ? log_weight.data() : nullptr});
}

// A result whose chains drew their quotas, or `drawn` where given, with counters of their own.
SampleResult result_of(const SampleTable& table, std::vector<std::uint64_t> drawn = {}) {
  SampleResult result;
  result.partial = !drawn.empty();
  if (drawn.empty()) {
    for (std::uint64_t c = 0; c < table.chains; ++c) {
      drawn.push_back(chain_quota(table.samples, table.chains, c));
    }
  }
  ChainState& state = result.state;
  state.samples = drawn;
  for (std::uint64_t c = 0; c < table.chains; ++c) {
    state.node.push_back(0);
    state.depth.push_back(static_cast<std::uint16_t>(c % 3));
    state.arrived_up.push_back(0);
    state.countdown.push_back(1);
    state.steps.push_back(1000 + c);
    state.moves_up.push_back(500 + c);
    state.expansions.push_back(300 + c);
    state.leaf_visits.push_back(200 + c);
  }
  result.drawn = std::accumulate(drawn.begin(), drawn.end(), std::uint64_t{0});
  return result;
}

void put_all(SampleSpool& spool, const SampleTable& table, const SampleResult& result) {
  for (std::uint64_t c = table.chains; c-- > 0;) put(spool, table, c, 0, result.state.samples[c]);
}

// Row and chain numbers that the output must hold, in order.
struct ExpectedRows {
  std::vector<std::uint64_t> row;
  std::vector<std::uint64_t> chain;

  ExpectedRows(const SampleTable& table, const SampleResult& result) {
    for (std::uint64_t c = 0; c < table.chains; ++c) {
      for (std::uint64_t i = 0; i < result.state.samples[c]; ++i) {
        row.push_back(first_row(table.samples, table.chains, c) + i);
        chain.push_back(c);
      }
    }
  }
};

template <class Symbol>
void expect_arrays(const std::map<std::string, ReadArray>& arrays, const SampleTable& table,
                   const SampleResult& result) {
  const ExpectedRows expected(table, result);
  const std::string rows = std::to_string(expected.row.size());
  const auto header = [](const std::string& type, const std::string& shape) {
    return "{'descr': '" + type + "', 'fortran_order': False, 'shape': (" + shape + "), }";
  };
  const auto starts = [&](const std::string& name, const std::string& text) {
    EXPECT_EQ(arrays.at(name).header.substr(0, text.size()), text) << name;
  };
  starts("samples.npy",
         header(sizeof(Symbol) == 1 ? "|u1" : "<u2", rows + ", " + std::to_string(table.horizon)));
  starts("chain.npy", header("<u4", rows + ","));
  starts("log_mass.npy", header("<f8", rows + ","));
  const auto symbols = arrays.at("samples.npy").values<Symbol>();
  const auto chain = arrays.at("chain.npy").values<std::uint32_t>();
  const auto log_mass = arrays.at("log_mass.npy").values<double>();
  ASSERT_EQ(symbols.size(), expected.row.size() * table.horizon);
  ASSERT_EQ(chain.size(), expected.row.size());
  ASSERT_EQ(log_mass.size(), expected.row.size());
  ASSERT_EQ(arrays.count("log_weight.npy"), table.with_weight ? 1U : 0U);
  for (std::size_t i = 0; i < expected.row.size(); ++i) {
    ASSERT_EQ(chain[i], expected.chain[i]) << i;
    ASSERT_EQ(log_mass[i], log_mass_at(expected.row[i])) << i;
    for (std::uint32_t h = 0; h < table.horizon; ++h) {
      ASSERT_EQ(symbols[i * table.horizon + h], symbol_at(expected.row[i], h, table.alphabet)) << i;
    }
    if (table.with_weight) {
      const auto& weights = arrays.at("log_weight.npy").data;
      double weight = 0;
      std::memcpy(&weight, weights.data() + i * sizeof weight, sizeof weight);
      ASSERT_EQ(weight, log_weight_at(expected.row[i])) << i;
    }
  }
  const std::vector<std::pair<std::string, std::uint64_t Counters::*>> counters = {
      {"steps", &Counters::steps},
      {"moves_down", &Counters::moves_down},
      {"moves_up", &Counters::moves_up},
      {"leaf_visits", &Counters::leaf_visits},
      {"expansions", &Counters::expansions},
      {"queries", &Counters::queries},
      {"samples", &Counters::samples},
      {"proposals", &Counters::proposals},
      {"accepted", &Counters::accepted},
      {"rejected", &Counters::rejected},
      {"depth", &Counters::depth}};
  EXPECT_EQ(arrays.size(), counters.size() + (table.with_weight ? 4 : 3));
  for (const auto& [name, member] : counters) {
    starts("counters_" + name + ".npy", header("<u8", std::to_string(table.chains) + ","));
    const ReadArray& array = arrays.at("counters_" + name + ".npy");
    const std::vector<std::uint64_t> values = array.values<std::uint64_t>();
    ASSERT_EQ(values.size(), table.chains);
    for (std::uint64_t c = 0; c < table.chains; ++c) {
      EXPECT_EQ(values[c], chain_counters(result.state, c, table.algorithm, table.alphabet).*member)
          << name << c;
    }
  }
}

void expect_table(const std::string& text, const SampleTable& table, const SampleResult& result) {
  const ExpectedRows expected(table, result);
  std::istringstream lines(text);
  std::string line;
  std::getline(lines, line);
  std::string header = table.with_weight ? "chain,log_mass,log_weight" : "chain,log_mass";
  for (std::uint32_t h = 0; h < table.horizon; ++h) header += ",s" + std::to_string(h);
  EXPECT_EQ(line, header);
  for (std::size_t i = 0; i < expected.row.size(); ++i) {
    ASSERT_TRUE(std::getline(lines, line)) << i;
    const char* at = line.c_str();
    char* end = nullptr;
    const auto next = [&](auto value) {  // and the comma before it
      at = *end == ',' ? end + 1 : end;
      return value;
    };
    ASSERT_EQ(next(std::strtoull(at, &end, 10)), expected.chain[i]) << line;
    ASSERT_EQ(next(std::strtod(at, &end)), log_mass_at(expected.row[i])) << line;
    if (table.with_weight) {
      ASSERT_EQ(next(std::strtod(at, &end)), log_weight_at(expected.row[i])) << line;
    }
    for (std::uint32_t h = 0; h < table.horizon; ++h) {
      ASSERT_EQ(next(std::strtoul(at, &end, 10)), symbol_at(expected.row[i], h, table.alphabet))
          << line;
    }
    ASSERT_EQ(*at, '\0') << line;
  }
  EXPECT_FALSE(std::getline(lines, line));
  EXPECT_EQ(text.back(), '\n');
}

SampleTable small_table() {
  return {.samples = 103,
          .chains = 10,
          .horizon = 7,
          .alphabet = 5,
          .algorithm = Algorithm::kLifted,
          .with_weight = false};
}

// Writes the table to a file of the folder and returns its bytes.
std::string written(const TemporaryFolder& folder, const std::string& name,
                    const SampleTable& table, const SampleResult& result) {
  SampleSpool spool(folder / name, table);
  put_all(spool, table, result);
  spool.finish(result);
  EXPECT_EQ(folder.names(), std::vector<std::string>{name});
  std::string bytes = file_bytes(folder / name);
  std::filesystem::remove(folder / name);
  return bytes;
}

TEST(SampleOutput, RoundTripsAsArrays) {
  const TemporaryFolder folder;
  SampleTable table = small_table();
  expect_arrays<std::uint8_t>(read_npz(written(folder, "a.npz", table, result_of(table))), table,
                              result_of(table));
  table.alphabet = 256;
  table.algorithm = Algorithm::kSequential;
  table.with_weight = true;
  expect_arrays<std::uint8_t>(read_npz(written(folder, "a.npz", table, result_of(table))), table,
                              result_of(table));
  for (const std::uint32_t alphabet : {257U, 65536U}) {
    table.alphabet = alphabet;
    expect_arrays<std::uint16_t>(read_npz(written(folder, "a.npz", table, result_of(table))), table,
                                 result_of(table));
  }
}

TEST(SampleOutput, RoundTripsAsTable) {
  const TemporaryFolder folder;
  SampleTable table = small_table();
  expect_table(written(folder, "a.csv", table, result_of(table)), table, result_of(table));
  table.with_weight = true;
  for (const std::uint32_t alphabet : {2U, 256U, 257U, 65536U}) {
    table.alphabet = alphabet;
    expect_table(written(folder, "a.csv", table, result_of(table)), table, result_of(table));
  }
}

TEST(SampleOutput, RoundTripsMoreThanItsBuffers) {
  const TemporaryFolder folder;
  const SampleTable table{.samples = 40000,
                          .chains = 3,
                          .horizon = 50,
                          .alphabet = 300,
                          .algorithm = Algorithm::kLifted,
                          .with_weight = true};
  const SampleResult result = result_of(table);
  expect_arrays<std::uint16_t>(read_npz(written(folder, "a.npz", table, result)), table, result);
  expect_table(written(folder, "a.csv", table, result), table, result);
  const SampleTable wide{.samples = 3,
                         .chains = 2,
                         .horizon = 65535,
                         .alphabet = 7,
                         .algorithm = Algorithm::kLifted,
                         .with_weight = false};
  expect_arrays<std::uint8_t>(read_npz(written(folder, "a.npz", wide, result_of(wide))), wide,
                              result_of(wide));
}

TEST(SampleOutput, WritesTheTextThatIsExpected) {
  const TemporaryFolder folder;
  const SampleTable table{.samples = 2,
                          .chains = 2,
                          .horizon = 2,
                          .alphabet = 65536,
                          .algorithm = Algorithm::kSequential,
                          .with_weight = true};
  SampleSpool spool(folder / "a.csv", table);
  const std::vector<std::uint16_t> symbols = {65535, 0};
  const double mass = -0.1;
  const double weight = -std::numeric_limits<double>::infinity();
  spool.put({0, 0, 1, symbols.data(), &mass, &weight});
  const double tiny = 5e-324;
  const double zero = 0;
  spool.put({1, 1, 1, symbols.data(), &tiny, &zero});
  spool.finish(result_of(table));
  EXPECT_EQ(file_bytes(folder / "a.csv"),
            "chain,log_mass,log_weight,s0,s1\n0,-0.1,-inf,65535,0\n1,5e-324,0,65535,0\n");
}

TEST(SampleOutput, PacksTheRowsOfAStoppedRun) {
  const TemporaryFolder folder;
  const SampleTable table = small_table();  // quotas: 11 of chains 0 to 2, then 10
  for (const std::vector<std::uint64_t>& drawn :
       {std::vector<std::uint64_t>{11, 11, 3, 0, 0, 10, 10, 1, 0, 10},
        std::vector<std::uint64_t>{0, 0, 0, 0, 0, 0, 0, 0, 0, 1},
        std::vector<std::uint64_t>{0, 0, 0, 0, 0, 0, 0, 0, 0, 0}}) {
    const SampleResult result = result_of(table, drawn);
    expect_arrays<std::uint8_t>(read_npz(written(folder, "a.npz", table, result)), table, result);
    expect_table(written(folder, "a.csv", table, result), table, result);
  }
}

TEST(SampleOutput, TakesRowsFromManyThreadsInAnyOrder) {
  const TemporaryFolder folder;
  const SampleTable table{.samples = 30011,
                          .chains = 64,
                          .horizon = 9,
                          .alphabet = 4,
                          .algorithm = Algorithm::kJerrumSinclair,
                          .with_weight = true};
  const SampleResult result = result_of(table);
  SampleSpool spool(folder / "a.npz", table);
  std::vector<std::thread> threads;
  for (std::uint64_t t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (std::uint64_t c = t; c < table.chains; c += 8) {
        const std::uint64_t quota = result.state.samples[c];
        for (std::uint64_t begin = quota; begin > 0;) {  // pieces of 37, the last draws first
          const std::uint64_t count = std::min<std::uint64_t>(begin, 37);
          begin -= count;
          put(spool, table, c, begin, count);
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  spool.finish(result);
  const std::string bytes = file_bytes(folder / "a.npz");
  expect_arrays<std::uint8_t>(read_npz(bytes), table, result);
  std::filesystem::remove(folder / "a.npz");
  EXPECT_EQ(bytes, written(folder, "a.npz", table, result));  // whatever the order, the same bytes
}

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
  const SampleTable table{.samples = 20000,
                          .chains = 4,
                          .horizon = 3,
                          .alphabet = 2,
                          .algorithm = Algorithm::kLifted,
                          .with_weight = false};
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

TEST(OutputFile, RefusesFoldersAndDevices) {
  const TemporaryFolder folder;
  EXPECT_EQ(error_of(ErrorKind::kRuntime, [] { const OutputFile file("/dev/full"); }),
            "/dev/full: cannot write: not a regular file");
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
