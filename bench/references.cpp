#include "bench/references.hpp"

namespace wend::bench {

std::optional<References> references() {
  return visit_lanes(
      resolve(Simd::kAuto),
      []<Simd kSimd>() { return std::optional<References>(references_of<kSimd>()); },
      [] { return std::optional<References>(); });
}

}  // namespace wend::bench
