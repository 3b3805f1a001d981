#include "host/oracles/estimate.hpp"

#include <cmath>

#include "kernels/random/philox.hpp"

namespace wend {

double log_noise(const EstimateSpec& spec, std::uint32_t depth, std::uint64_t index) {
  const kernels::DrawBlock draws =
      kernels::draw_block(spec.seed, kernels::kPurposeNoise, depth, index);
  const double log_kappa = std::log(spec.kappa);
  if (spec.model == EstimateSpec::Model::kSign)
    return (draws.word[0] & 1U) != 0 ? log_kappa : -log_kappa;
  // 53 random bits, as many as a double in [0, 1) holds.
  const std::uint64_t bits =
      (static_cast<std::uint64_t>(draws.word[0]) << 21U) | (draws.word[1] >> 11U);
  return (std::ldexp(static_cast<double>(bits), -52) - 1.0) * log_kappa;
}

}  // namespace wend
