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

}  // namespace wend
