#pragma once

#include <cstdint>
#include <memory>

#include "wend/cuda.hpp"
#include "wend/instance.hpp"
#include "wend/oracle.hpp"

namespace wend {

/// The nodes of one call of CudaBatchOracle::expand: what OracleBatch tells of them, as arrays of
/// `size` elements in device memory. The prefix of node i is at prefix + i * prefix_stride,
/// depth[i] symbols and then zeros.
struct CudaOracleBatch {
  std::uint32_t size = 0;  ///< >= 1
  const std::uint32_t* slot = nullptr;
  const std::uint32_t* depth = nullptr;
  const std::uint32_t* symbol = nullptr;
  const std::uint32_t* known = nullptr;
  const std::uint32_t* prefix = nullptr;
  std::uint32_t prefix_stride = 0;  ///< H
  /// The same nodes in the host's memory, during the call: for what is decided there, such as which
  /// of an oracle's caches has what.
  OracleBatch host;
};

/// A mass estimate that a GPU computes: a BatchOracle whose nodes and rows stay in device memory.
/// What is said of BatchOracle holds here too, and the draws are those of a BatchOracle that
/// answers the same numbers.
class CudaBatchOracle {
 public:
  CudaBatchOracle() = default;
  CudaBatchOracle(const CudaBatchOracle&) = delete;
  CudaBatchOracle& operator=(const CudaBatchOracle&) = delete;
  virtual ~CudaBatchOracle() = default;

  /// Constant from the first call on; rows are RowKind::kLogRatio, and contexts is 1.
  [[nodiscard]] virtual const OracleTraits& traits() const = 0;

  /// Puts on `stream` what writes the rows of all nodes: size x A log ratios in device memory,
  /// child c of node i at [i * A + c]. The batch's arrays are there when `stream` comes to what is
  /// put on it and hold until the work is done; the rows are read on `stream` after it. Need not
  /// wait for anything; the device that is current is the one of the run. What it throws ends the
  /// run, which keeps what was drawn.
  virtual void expand(const CudaOracleBatch& batch, float* log_ratio, cuda::Stream stream) = 0;
};

/// As make_oracle of a BatchOracle. Backend::kAuto runs its chains on the GPU; on the CPU backend
/// each batch goes to the GPU and its rows come back. Throws Error(kUsage) for traits that do not
/// fit, and where wend was built without CUDA; without a device runs throw Error(kRuntime).
std::shared_ptr<const Instance> make_oracle(std::shared_ptr<CudaBatchOracle> oracle);

}  // namespace wend
