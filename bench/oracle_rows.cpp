// Rows of an instance's oracle, for tools/compare_with_llama_cpp.py. A line of standard input is a
// prefix, symbols with spaces between them, shorter than the horizon; its row goes to standard
// output, A float32 as they are in memory: ln( w(c)/w(u) ) of each child c. Usage: oracle_rows
// INSTANCE < PREFIXES > ROWS
#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <iostream>
#include <memory>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include "host/instances/instance.hpp"
#include "host/oracles/ask_rows.hpp"
#include "wend/error.hpp"

namespace wend::bench {
namespace {

using Prefix = std::vector<std::uint32_t>;

std::vector<Prefix> read_prefixes(const OracleTraits& traits) {
  std::vector<Prefix> prefixes;
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream numbers(line);
    Prefix prefix;
    for (std::uint32_t symbol = 0; numbers >> symbol;) prefix.push_back(symbol);
    if (!numbers.eof() || prefix.size() >= traits.horizon ||
        std::ranges::any_of(prefix, [&](std::uint32_t c) { return c >= traits.alphabet; }))
      throw Error(ErrorKind::kInput,
                  fmt::format("line {}: no prefix of symbols below {}, of fewer "
                              "than {}",
                              prefixes.size() + 1, traits.alphabet, traits.horizon));
    prefixes.push_back(std::move(prefix));
  }
  return prefixes;
}

void write_rows(const std::string& file) {
  const std::shared_ptr<const Instance> instance = load_instance(file);
  const std::shared_ptr<BatchOracle> oracle =
      instance->model(kernels::Walk::kLifted, Correction::kNone);
  const OracleTraits& traits = oracle->traits();
  const std::vector<Prefix> prefixes = read_prefixes(traits);
  std::size_t most = traits.max_batch == 0 ? 64 : traits.max_batch;
  if (traits.most_slots != 0) most = std::min<std::size_t>(most, traits.most_slots);
  for (std::size_t first = 0; first < prefixes.size(); first += most) {
    const std::size_t count = std::min(most, prefixes.size() - first);
    const std::vector<std::span<const std::uint32_t>> asked(
        prefixes.begin() + static_cast<std::ptrdiff_t>(first),
        prefixes.begin() + static_cast<std::ptrdiff_t>(first + count));
    std::vector<float> rows(count * traits.alphabet);
    ask_rows(*oracle, asked, rows.data());
    if (std::fwrite(rows.data(), sizeof(float), rows.size(), stdout) != rows.size())
      throw Error(ErrorKind::kRuntime, "rows: not written");
  }
  if (std::fflush(stdout) != 0) throw Error(ErrorKind::kRuntime, "rows: not written");
}

}  // namespace
}  // namespace wend::bench

int main(int count, char** arguments) {
  if (count != 2) {
    fmt::print(stderr, "usage: oracle_rows INSTANCE < PREFIXES > ROWS\n");
    return 2;
  }
  try {
    wend::bench::write_rows(arguments[1]);
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "oracle_rows: {}\n", error.what());
    return 1;
  }
}
