#include "host/run/compile.hpp"

#include <fmt/format.h>

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

}  // namespace wend
