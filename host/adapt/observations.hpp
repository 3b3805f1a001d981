#pragma once

#include <Eigen/Core>

#include "host/adapt/feature_design.hpp"

namespace wend {

using RowMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Buckets x columns.
inline Eigen::Map<const RowMatrix> design_rows(const FeatureDesign& design) {
  return {design.numbers().data(), static_cast<Eigen::Index>(design.buckets()),
          static_cast<Eigen::Index>(design.columns())};
}

/// Of the buckets that were seen, on the scale of the prior mean.
struct Observations {
  RowMatrix rows;  ///< of the design: the first column is 1
  Eigen::VectorXd weight;
  Eigen::VectorXd mean;
  Eigen::VectorXd log_mean;  ///< no lower than what a first guess by logarithms bears
};

}  // namespace wend
