#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "wend/oracle.hpp"

namespace wend {

/// An oracle of the host's that a GPU can take over.
class HasDeviceTwin {
 public:
  HasDeviceTwin() = default;
  HasDeviceTwin(const HasDeviceTwin&) = delete;
  HasDeviceTwin& operator=(const HasDeviceTwin&) = delete;
  virtual ~HasDeviceTwin() = default;

  /// Whether there can be one, where wend has CUDA.
  [[nodiscard]] virtual bool has_device_twin() const = 0;
  /// Bytes of a GPU that one needs at least; none where the host has so much of the work that
  /// Backend::kAuto leaves it all there.
  [[nodiscard]] virtual std::optional<std::uint64_t> device_bytes() const = 0;
  /// One that answers the same bits, evaluated on the GPU that is current as far as it can be; made
  /// anew, for `chains` of them. Throws Error(kUsage) where wend was built without CUDA,
  /// Error(kRuntime) if CUDA fails or the GPU has no room for it.
  [[nodiscard]] virtual std::shared_ptr<BatchOracle> make_device_twin(
      std::uint64_t chains) const = 0;
};

/// What `oracle` says of its twin; null if it is of no such kind.
inline const HasDeviceTwin* device_twin_of(const BatchOracle& oracle) {
  const auto* with_twin = dynamic_cast<const HasDeviceTwin*>(&oracle);
  return with_twin != nullptr && with_twin->has_device_twin() ? with_twin : nullptr;
}

}  // namespace wend
