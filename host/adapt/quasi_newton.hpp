#pragma once

#include <Eigen/Core>
#include <functional>

namespace wend {

/// A function's value somewhere; writes its gradient.
using ValueAndGradient =
    std::function<double(const Eigen::VectorXd& at, Eigen::VectorXd& gradient)>;

struct QuasiNewtonLimits {
  int iterations = 0;
  double settled = 0;  ///< ends once a step has gained less
};

/// Where a function is smaller than at `at`, or nowhere larger, by L-BFGS with halved steps
/// (Nocedal & Wright, Numerical Optimization, ch. 7). The same bits on every machine, if the
/// function's are.
Eigen::VectorXd descend(const ValueAndGradient& function, Eigen::VectorXd at,
                        QuasiNewtonLimits limits);

}  // namespace wend
