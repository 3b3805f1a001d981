#include "host/adapt/log_linear.hpp"

#include <Eigen/Core>

#include "host/adapt/gamma_regression.hpp"

namespace wend {

std::vector<double> LogLinear::log_values(const Observations& seen) const {
  const Eigen::VectorXd fitted = design_rows(design()) * GammaRegression(seen).solve();
  return {fitted.begin(), fitted.end()};
}

}  // namespace wend
