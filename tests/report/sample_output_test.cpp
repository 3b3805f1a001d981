// What is in the files: the draws that were handed over, as .npz and as .csv.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <limits>
#include <map>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "host/report/sample_spool.hpp"
#include "tests/support/npz_reader.hpp"
#include "tests/support/sample_tables.hpp"
#include "tests/support/temporary_folder.hpp"
#include "wend/counters.hpp"

namespace wend {
namespace {

using test::log_mass_at;
using test::log_weight_at;
using test::put;
using test::put_all;
using test::result_of;
using test::small_table;
using test::symbol_at;
using testing::file_bytes;
using testing::read_npz;
using testing::ReadArray;
using testing::TemporaryFolder;

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
  starts("samples.npy", header(sizeof(Symbol) == 1 ? "|u1" : (sizeof(Symbol) == 2 ? "<u2" : "<u4"),
                               rows + ", " + std::to_string(table.horizon)));
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
      EXPECT_EQ(values[c],
                chain_counters(result.state, c, result.algorithm, table.alphabet).*member)
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
  table.with_weight = true;
  const auto sequential = [&table] {
    SampleResult result = result_of(table);
    result.algorithm = Algorithm::kSequential;
    return result;
  };
  expect_arrays<std::uint8_t>(read_npz(written(folder, "a.npz", table, sequential())), table,
                              sequential());
  for (const std::uint32_t alphabet : {257U, 65536U}) {
    table.alphabet = alphabet;
    expect_arrays<std::uint16_t>(read_npz(written(folder, "a.npz", table, sequential())), table,
                                 sequential());
  }
  for (const std::uint32_t alphabet : {65537U, 262144U}) {
    table.alphabet = alphabet;
    expect_arrays<std::uint32_t>(read_npz(written(folder, "a.npz", table, sequential())), table,
                                 sequential());
  }
}

TEST(SampleOutput, RoundTripsAsTable) {
  const TemporaryFolder folder;
  SampleTable table = small_table();
  expect_table(written(folder, "a.csv", table, result_of(table)), table, result_of(table));
  table.with_weight = true;
  for (const std::uint32_t alphabet : {2U, 256U, 257U, 65536U, 262144U}) {
    table.alphabet = alphabet;
    expect_table(written(folder, "a.csv", table, result_of(table)), table, result_of(table));
  }
}

TEST(SampleOutput, RoundTripsMoreThanItsBuffers) {
  const TemporaryFolder folder;
  const SampleTable table{
      .samples = 40000, .chains = 3, .horizon = 50, .alphabet = 300, .with_weight = true};
  const SampleResult result = result_of(table);
  expect_arrays<std::uint16_t>(read_npz(written(folder, "a.npz", table, result)), table, result);
  expect_table(written(folder, "a.csv", table, result), table, result);
  const SampleTable wide{
      .samples = 3, .chains = 2, .horizon = 65535, .alphabet = 7, .with_weight = false};
  expect_arrays<std::uint8_t>(read_npz(written(folder, "a.npz", wide, result_of(wide))), wide,
                              result_of(wide));
}

TEST(SampleOutput, WritesTheTextThatIsExpected) {
  const TemporaryFolder folder;
  const SampleTable table{
      .samples = 2, .chains = 2, .horizon = 2, .alphabet = 65536, .with_weight = true};
  SampleSpool spool(folder / "a.csv", table);
  const std::vector<std::uint32_t> symbols = {65535, 0};
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
  const SampleTable table = small_table();
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
  const SampleTable table{
      .samples = 30011, .chains = 64, .horizon = 9, .alphabet = 4, .with_weight = true};
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

}  // namespace
}  // namespace wend
