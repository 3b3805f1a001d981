#include "host/oracles/walk_of.hpp"

#include <fmt/format.h>

#include "wend/error.hpp"

namespace wend {

kernels::Walk walk_of(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kJerrumSinclair:
      return kernels::Walk::kJerrumSinclair;
    case Algorithm::kLifted:
      return kernels::Walk::kLifted;
    case Algorithm::kSequential:
      return kernels::Walk::kSequential;
    case Algorithm::kAuto:
    case Algorithm::kClassElimination:
      break;
  }
  throw Error(ErrorKind::kUsage, fmt::format("algorithm: {} is not a walk", to_string(algorithm)));
}

Algorithm algorithm_of(kernels::Walk walk) {
  switch (walk) {
    case kernels::Walk::kJerrumSinclair:
      return Algorithm::kJerrumSinclair;
    case kernels::Walk::kLifted:
      return Algorithm::kLifted;
    case kernels::Walk::kSequential:
      break;
  }
  return Algorithm::kSequential;
}

}  // namespace wend
