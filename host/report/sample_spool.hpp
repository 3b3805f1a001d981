#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "host/files/byte_source.hpp"
#include "host/files/output_file.hpp"
#include "host/files/temporary_file.hpp"
#include "host/report/chain_columns.hpp"
#include "wend/sample.hpp"

namespace wend {

/// What a table of draws will hold.
struct SampleTable {
  std::uint64_t samples = 0;   ///< N, over all chains
  std::uint64_t chains = 0;    ///< >= 1
  std::uint32_t horizon = 0;   ///< H
  std::uint32_t alphabet = 0;  ///< A, at most 65,536
  bool with_weight = false;
};

/// Takes draws in any order and writes them, ordered by (chain, draw), as .npz or .csv; to what is
/// no file ("-", a pipe) as .csv, unless its name ends in .npz. Memory does not grow with the
/// draws: they wait in nameless files beside the output, which vanish with the process. Disk: up to
/// 2 H + 16 bytes a draw for those, and the output.
///
/// Errors that name the output: Error(kUsage) for another extension, Error(kRuntime) for a folder
/// that is missing or not writable, or a disk that is or would become full. Nothing is left behind
/// by an error, and a file that was there before is untouched.
class SampleSpool : public SampleSink {
 public:
  /// Finds out before a run starts whether its output can be written.
  SampleSpool(const std::filesystem::path& output, const SampleTable& table);

  void put(const SampleRows& rows) override;

  /// Writes the output file; call once, after the last put(). Of a run that was stopped, the rows
  /// of each chain that were drawn (chain_samples()) are packed together.
  void finish(const SampleResult& result);
  /// The same: `drawn` draws of each chain, and the columns of its counters (.npz alone).
  void finish(const std::vector<std::uint64_t>& drawn, std::vector<ChainColumn> counters);

 private:
  // Consecutive rows in the temporary files.
  struct Run {
    std::uint64_t begin;
    std::uint64_t count;
  };

  void check_room(std::uint64_t bytes) const;
  [[nodiscard]] std::uint64_t quota(std::uint64_t chain) const;
  [[nodiscard]] std::vector<Run> drawn_rows(const std::vector<std::uint64_t>& drawn) const;
  [[nodiscard]] static ByteSource packed(const TemporaryFile& file, std::uint64_t row_bytes,
                                         const std::vector<Run>& runs);
  template <class T>
  [[nodiscard]] static ByteSource chain_numbers(const std::vector<std::uint64_t>& drawn);
  template <class Narrow>
  void put_narrow(std::span<const std::uint32_t> symbols, std::uint64_t offset);
  void write_arrays(const std::vector<std::uint64_t>& drawn, std::vector<ChainColumn> counters,
                    const std::vector<Run>& runs, std::uint64_t rows);
  void write_table(const std::vector<std::uint64_t>& drawn, const std::vector<Run>& runs,
                   std::uint64_t rows);
  [[noreturn]] void fail(const std::string& reason) const;

  SampleTable table_;
  bool csv_;
  std::uint64_t symbol_bytes_;
  OutputFile output_;
  TemporaryFile symbols_;
  TemporaryFile log_mass_;
  std::optional<TemporaryFile> log_weight_;
  std::atomic<std::uint64_t> rows_put_{0};
};

}  // namespace wend
