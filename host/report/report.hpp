#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "host/instances/instance.hpp"
#include "wend/sample.hpp"

namespace wend {

/// What a run did beside SampleResult.
struct RunFacts {
  std::optional<std::filesystem::path> output;
  std::optional<std::filesystem::path> report;
  bool quiet = false;
  double load_seconds = 0;   ///< reading the instance
  double write_seconds = 0;  ///< finishing the output file
  unsigned threads = 0;      ///< of the CPU backend
};

/// The instance's facts as the keys `path`, `digest`, `kind`, `alphabet`, `horizon`, `estimate`,
/// `kappa`, `kappa_why` and `symbols` (null without names).
nlohmann::ordered_json instance_json(const InstanceFacts& facts);

/// Parts of reports, as docs/command.md lists them. What the lockstep engine asked of its oracle is
/// null where there was none.
nlohmann::ordered_json diagnostics_json(const Diagnostics& diagnostics);
nlohmann::ordered_json oracle_json(const std::optional<OracleUse>& use);
nlohmann::ordered_json guarantee_json(const Guarantee& guarantee);

/// The report of a run; docs/command.md lists its keys. Numbers that are not known are null.
nlohmann::ordered_json sample_report(const InstanceFacts& facts, const SampleOptions& options,
                                     const SampleResult& result, const RunFacts& run);

/// The text of a JSON value, indented, with a newline at its end; bytes that are not UTF-8 become
/// replacement characters.
std::string json_text(const nlohmann::ordered_json& value);

}  // namespace wend
