#pragma once

#include <vector>

#include "host/oracles/neural/packed_matrix.hpp"

namespace wend {

/// What an embedding says of symbols in few numbers, for training (BatchOracle::bucket_features):
/// F of each of its rows, [row * F + k], F at most 16, the coordinates along the directions in
/// which rows vary most. These are found by subspace iteration (Golub & Van Loan, Matrix
/// Computations, 8.2.4) over rows spread evenly, 2,048 at most. The same bits on every machine, of
/// one build. O(rows x inputs x F).
std::vector<double> embedding_features(const PackedMatrix& embedding);

}  // namespace wend
