#include "host/oracles/neural/embedding_features.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>

namespace wend {
namespace {

using RowMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr Eigen::Index kDirections = 16;
constexpr Eigen::Index kMostSampled = 2048;
constexpr int kIterations = 8;

/// Columns of length 1, each orthogonal to those before it; what is left of one that depends on
/// them, but for rounding, is 0.
void orthonormalise(Eigen::MatrixXd& columns) {
  constexpr double kDependent = 1e-10;
  for (Eigen::Index k = 0; k < columns.cols(); ++k) {
    const double before = columns.col(k).norm();
    for (int twice = 0; twice < 2; ++twice)
      for (Eigen::Index j = 0; j < k; ++j)
        columns.col(k) -= columns.col(j).dot(columns.col(k)) * columns.col(j);
    const double length = columns.col(k).norm();
    if (length > kDependent * before)
      columns.col(k) /= length;
    else
      columns.col(k).setZero();
  }
}

}  // namespace

std::vector<double> embedding_features(const PackedMatrix& embedding) {
  const Eigen::Index rows = embedding.outputs();
  const Eigen::Index inputs = embedding.inputs();
  const Eigen::Index count = std::min({kDirections, inputs, rows});
  std::vector<float> buffer(embedding.inputs());
  const auto row = [&](Eigen::Index number) -> Eigen::RowVectorXd {
    embedding.copy_row(static_cast<std::uint32_t>(number), buffer);
    return Eigen::Map<const Eigen::RowVectorXf>(buffer.data(), inputs).cast<double>();
  };

  RowMatrix sampled(std::min(rows, kMostSampled), inputs);
  for (Eigen::Index i = 0; i < sampled.rows(); ++i) sampled.row(i) = row(i * rows / sampled.rows());
  const Eigen::RowVectorXd mean = sampled.colwise().mean();
  sampled.rowwise() -= mean;

  // Any to begin with, that have a part of every direction. Products are lazy for others are cut
  // into blocks of the machine's cache, and so differ in the last bit.
  std::mt19937_64 random;
  Eigen::MatrixXd directions = Eigen::MatrixXd::NullaryExpr(
      inputs, count, [&] { return static_cast<double>(random() >> 11U) * 0x1p-53 - 0.5; });
  for (int i = 0; i < kIterations; ++i) {
    const Eigen::MatrixXd coordinates = sampled.lazyProduct(directions);
    // Row by row, as they lie in memory.
    RowMatrix sums = RowMatrix::Zero(count, inputs);
    for (Eigen::Index r = 0; r < sampled.rows(); ++r)
      for (Eigen::Index k = 0; k < count; ++k) sums.row(k) += coordinates(r, k) * sampled.row(r);
    directions = sums.transpose();
    orthonormalise(directions);
  }

  std::vector<double> features(static_cast<std::size_t>(rows * count));
  Eigen::Map<RowMatrix> made(features.data(), rows, count);
  for (Eigen::Index i = 0; i < rows; ++i) made.row(i) = (row(i) - mean).lazyProduct(directions);
  return features;
}

}  // namespace wend
