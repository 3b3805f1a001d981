#pragma once

#include <nanobind/nanobind.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "host/base/table_memory.hpp"
#include "host/report/chain_columns.hpp"
#include "host/report/sample_spool.hpp"
#include "wend/sample.hpp"

namespace wend::python {

namespace nb = nanobind;

/// The draws of a run in memory, as the arrays of its .npz would be.
class DrawTable final : public SampleSink {
 public:
  /// Throws Error(kRuntime) for more than fits the memory.
  explicit DrawTable(const SampleTable& table);

  void put(const SampleRows& rows) override;
  /// Of a run that has ended: `drawn` draws of each chain, which are moved together.
  void finish(std::vector<std::uint64_t> drawn);

  [[nodiscard]] std::uint64_t rows() const { return rows_; }
  // Arrays that share this table's memory; `owner` is the Python object that has it.
  [[nodiscard]] nb::object samples(nb::handle owner) const;
  [[nodiscard]] nb::object log_mass(nb::handle owner) const;
  /// None without weights.
  [[nodiscard]] nb::object log_weight(nb::handle owner) const;
  /// A new array.
  [[nodiscard]] nb::object chain() const;

  /// Writes what the command would, .npz or .csv.
  void write(const std::filesystem::path& output, std::vector<ChainColumn> counters) const;

 private:
  [[nodiscard]] std::uint64_t row_bytes() const { return table_.horizon * symbol_bytes_; }

  SampleTable table_;
  std::uint64_t symbol_bytes_;
  std::uint64_t rows_ = 0;
  std::vector<std::uint64_t> drawn_;
  TableMemory<std::byte> symbols_;
  TableMemory<double> log_mass_;
  TableMemory<double> log_weight_;
};

/// A counter a chain, by name.
nb::dict counter_arrays(const std::vector<ChainColumn>& columns, std::uint64_t chains);

}  // namespace wend::python
