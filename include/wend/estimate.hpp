#pragma once

#include <cstdint>

namespace wend {

/// An instance's "estimate" key.
struct EstimateSpec {
  enum class Kind { kExact, kNoise, kRounded, kLookahead, kFile };
  enum class Model { kIid, kSign };
  Kind kind = Kind::kExact;
  Model model = Model::kIid;  ///< noise
  double kappa = 1.0;         ///< noise, rounded; >= 1, finite. file: as stated, 0 if it is not
  std::uint64_t seed = 0;     ///< noise
  std::uint32_t depth = 0;    ///< lookahead; >= 1
};

}  // namespace wend
