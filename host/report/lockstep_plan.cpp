#include "host/report/lockstep_plan.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <variant>

#include "host/base/number_text.hpp"
#include "host/engines/lockstep/engine.hpp"
#include "host/oracles/walk_of.hpp"
#include "host/report/option_words.hpp"
#include "host/run/lockstep_settings.hpp"
#include "host/run/settings.hpp"
#include "wend/error.hpp"

namespace wend {

std::optional<LockstepPlan> lockstep_plan(const Instance& instance, Algorithm algorithm) {
  if (!instance.facts().asked) return std::nullopt;
  SampleOptions options;
  options.algorithm = algorithm;
  const kernels::Walk walk = walk_of(algorithm);
  // A row is as large with any correction, and this one asks nothing of the oracle.
  const Oracle oracle = instance.compile(walk, Correction::kNone);
  const auto& model = std::get<ModelOracle>(oracle);
  const LockstepOptions settings =
      lockstep_settings(model, options.threads, options.memo_bytes, options.max_batch);
  LockstepPlan plan;
  plan.algorithm = algorithm;
  plan.chains = resolve_settings(instance.facts(), options).chains;
  plan.memo_bytes = settings.memo_bytes;
  try {
    const LockstepMemory memory = lockstep_memory(model, walk, plan.chains, settings);
    plan.row_bytes = memory.node_bytes;
    plan.path_bytes = memory.path_bytes;
    plan.levels = memory.levels;
  } catch (const Error& error) {
    plan.note = option_words(error);
  }
  return plan;
}

nlohmann::ordered_json lockstep_json(const std::optional<LockstepPlan>& plan) {
  if (!plan) return nullptr;
  return {{"chains", plan->chains},         {"row_bytes", plan->row_bytes},
          {"path_bytes", plan->path_bytes}, {"levels", plan->levels},
          {"memo_bytes", plan->memo_bytes}, {"note", plan->note}};
}

std::string lockstep_text(const std::vector<LockstepPlan>& plans, std::uint32_t horizon) {
  std::string text =
      fmt::format("\n{:<17} {:>9} {:>12} {:>20} {:>20}  ({} chains; the memo at most)\n",
                  "lockstep", "a row", "paths", "levels kept", "memo", grouped(plans.at(0).chains));
  for (const LockstepPlan& plan : plans) {
    if (!plan.note.empty()) {
      text += fmt::format("{:<17} {}\n", to_string(plan.algorithm), plan.note);
      continue;
    }
    const std::string kept =
        plan.levels == horizon ? "whole paths" : fmt::format("{} of {}", plan.levels, horizon);
    text += fmt::format("{:<17} {:>9} {:>12} {:>20} {:>20}\n", to_string(plan.algorithm),
                        byte_size(plan.row_bytes), byte_size(plan.path_bytes), kept,
                        byte_size(plan.memo_bytes));
  }
  return text;
}

}  // namespace wend
