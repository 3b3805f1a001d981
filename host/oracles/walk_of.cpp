#include "host/oracles/walk_of.hpp"

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
    case Algorithm::kClassElimination:
      break;
  }
  throw Error(ErrorKind::kUsage, "algorithm: class-elimination is not a walk");
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
