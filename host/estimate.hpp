#pragma once

#include <cstdint>
#include <filesystem>

namespace wend {

/// An instance's "estimate" key.
struct EstimateSpec {
  enum class Kind { kExact, kNoise, kRounded, kLookahead, kFile };
  enum class Model { kIid, kSign };
  Kind kind = Kind::kExact;
  Model model = Model::kIid;    ///< noise
  double kappa = 1.0;           ///< noise, rounded; >= 1, finite
  std::uint64_t seed = 0;       ///< noise
  std::uint32_t depth = 0;      ///< lookahead; >= 1
  std::filesystem::path file;   ///< file
};

/// ln of the noise at a node: e * ln kappa with e uniform in [-1, 1) (iid) or +-1 (sign), a pure
/// function of (spec.seed, depth, index) by Philox; `index` is the node's (tree: number within its
/// level) or its state's (knapsack, ngram: in-layer index).
double log_noise(const EstimateSpec& spec, std::uint32_t depth, std::uint64_t index);

}  // namespace wend
