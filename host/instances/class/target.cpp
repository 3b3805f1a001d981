#include "host/instances/class/target.hpp"

#include <cmath>

namespace wend {

kernels::PrefixNoise prefix_noise(const EstimateSpec& estimate) {
  if (estimate.kind != EstimateSpec::Kind::kNoise) return {};
  return {.model = estimate.model == EstimateSpec::Model::kSign ? kernels::PrefixNoise::Model::kSign
                                                                : kernels::PrefixNoise::Model::kIid,
          .kappa = estimate.kappa,
          .log2_kappa = std::log2(estimate.kappa),
          .seed = estimate.seed};
}

}  // namespace wend
