#include "host/run/compile.hpp"

#include <fmt/format.h>

#include <variant>

#include "host/oracles/compile_error.hpp"
#include "host/oracles/walk_of.hpp"
#include "wend/error.hpp"

namespace wend {

Oracle compile_oracle(const Instance& instance, Algorithm algorithm, Correction correction) {
  try {
    return instance.compile(walk_of(algorithm), correction);
  } catch (const CompileError& error) {
    const std::string& path = instance.facts().path;
    if (path.empty()) throw;
    throw Error(ErrorKind::kInput, fmt::format("{}: horizon: {}", path, error.what()));
  }
}

ModelOracle model_oracle(const Instance& instance, kernels::Walk walk, Correction correction) {
  if (instance.facts().asked) return std::get<ModelOracle>(instance.compile(walk, correction));
  return make_model_oracle(instance.model(walk, correction), walk, correction, true);
}

}  // namespace wend
