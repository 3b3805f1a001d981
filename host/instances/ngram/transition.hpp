#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/instances/ngram/model.hpp"

namespace wend {

/// A model of sequences of `horizon` symbols from its A^(order-1) rows of A weights, oldest symbol
/// of the history most significant. Rows are normalised. There is no end symbol. At the start,
/// where fewer than order - 1 symbols have been seen, the row is the mean of the (normalised) rows
/// over all values of what is missing, one symbol at a time: an unseen history is uniform among
/// those whose row has weight.
/// A row may sum to zero where its history is not met: where no sequence of positive weights from
/// the start comes to it with a symbol left to draw. In the model it is then -inf throughout.
/// Throws Error(kInput) if a weight is negative or not finite, or a row sums to zero that is met;
/// `where` starts the message. O(A^order).
NgramModel transition_model(const std::vector<double>& weights, std::uint32_t alphabet,
                            std::uint32_t order, std::uint32_t horizon, const std::string& where);

}  // namespace wend
