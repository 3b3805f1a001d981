#pragma once

#include <cstdint>

#include "wend/choice.hpp"

namespace wend {

/// A lower limit of the probability that a proposal is accepted, which is too high with a
/// probability of at most `alpha`: by Chernoff's bound so many are accepted of so many proposals
/// with a probability of at most exp(-proposals KL(accepted / proposals || p)). Where the
/// probability changes from one proposal to the next by what came before, of its mean. accepted
/// >= 1.
double least_acceptance(std::uint64_t accepted, std::uint64_t proposals, double alpha);

/// The probability that a proposal is accepted, as seen, and the limits on both sides, each of
/// which fails with a probability of at most `alpha` (Expected::cautious: 1). Where none was
/// accepted, a value between. proposals >= 1.
Expected acceptance_of(std::uint64_t accepted, std::uint64_t proposals, double alpha);

}  // namespace wend
