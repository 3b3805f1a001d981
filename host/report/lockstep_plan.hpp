#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "host/instances/instance.hpp"
#include "wend/algorithm.hpp"

namespace wend {

/// What the lockstep engine takes for a walk over an oracle that is asked, with the command's
/// defaults and the memory that is free now.
struct LockstepPlan {
  Algorithm algorithm = Algorithm::kLifted;
  std::uint64_t chains = 0;
  std::uint64_t row_bytes = 0;   ///< of a node
  std::uint64_t path_bytes = 0;  ///< of the rows of all chains' paths
  std::uint32_t levels = 0;      ///< rows that a chain keeps; the horizon: whole paths
  std::uint64_t memo_bytes = 0;  ///< at most
  std::string note;              ///< why it cannot run; empty if it can
};

/// nullopt for instances whose oracle is a table.
std::optional<LockstepPlan> lockstep_plan(const Instance& instance, Algorithm algorithm);

/// An object, or null.
nlohmann::ordered_json lockstep_json(const std::optional<LockstepPlan>& plan);

/// A table with a heading, of at least one plan.
std::string lockstep_text(const std::vector<LockstepPlan>& plans, std::uint32_t horizon);

}  // namespace wend
