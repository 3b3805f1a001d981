#include "host/adapt/log_network.hpp"

#include <Eigen/Core>

#include "host/adapt/network_regression.hpp"

namespace wend {

std::vector<double> LogNetwork::log_values(const Observations& seen) const {
  const NetworkRegression network(seen);
  const Eigen::VectorXd fitted = network.log_values(design_rows(design()), network.solve());
  return {fitted.begin(), fitted.end()};
}

}  // namespace wend
