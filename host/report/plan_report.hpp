#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "host/instances/instance.hpp"
#include "wend/plan.hpp"

namespace wend {

/// What was planned for. `budget`: of the pilots' queries.
struct PlanFacts {
  std::optional<std::uint64_t> budget;
  bool allow_plugins = false;
};

/// The command line that runs what is recommended, quoted for a shell.
std::string plan_command(const InstanceFacts& facts, const SampleOptions& options,
                         const PlanFacts& asked, const Plan& planned);

/// The object that `wend plan --json` writes; docs/command.md lists its keys.
nlohmann::ordered_json plan_report(const InstanceFacts& facts, const SampleOptions& options,
                                   const PlanFacts& asked, const Plan& planned);

/// The table that `wend plan` prints.
std::string plan_table(const InstanceFacts& facts, const SampleOptions& options,
                       const PlanFacts& asked, const Plan& planned);

}  // namespace wend
