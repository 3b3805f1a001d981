#pragma once

#include <memory>
#include <vector>

#include "wend/oracle.hpp"
#include "wend/potential.hpp"

namespace wend {

/// The parts of a product: a base oracle times potentials.
struct Guided {
  std::shared_ptr<BatchOracle> base;
  std::vector<std::shared_ptr<Potential>> potentials;
};

/// The product as one oracle; the base itself where there are no potentials. Throws Error(kUsage)
/// for parts that do not fit each other.
std::shared_ptr<BatchOracle> make_guided_oracle(Guided parts);

}  // namespace wend
