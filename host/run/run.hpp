#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "wend/sample.hpp"

namespace wend {

class DrawHandler;

/// Memory that drawing takes beside the instance's tables.
struct MemoryNeed {
  std::uint64_t bytes;
  std::string what;  ///< "8 chains of horizon 3"
};

/// One way to draw. sample() makes one, calls these in their order, and does itself what every run
/// does: the memory check, the clock, the draws' way to the sink, what became of the request, the
/// diagnostics. A run fills in what else the result has.
class Run {
 public:
  Run() = default;
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  virtual ~Run() = default;

  /// What must be known before drawing. Throws Error: kUsage or kInput for what cannot be drawn.
  virtual void prepare(SampleResult& result, const std::atomic<bool>& stop) = 0;

  [[nodiscard]] virtual MemoryNeed memory() const = 0;

  /// Hands draws on to the end, or until `stop` or the query budget; of each chain in their order,
  /// from one thread at a time. Fills in the device, the counters, reconciled, and budget_spent.
  /// Throws Error.
  virtual void draw(DrawHandler& draws, SampleResult& result, const std::atomic<bool>& stop) = 0;

  /// ln g of a draw, under its chain's target. Thread-safe; called while drawing.
  [[nodiscard]] virtual double log_mass(std::uint64_t chain,
                                        const std::uint32_t* symbols) const = 0;

  /// What the law of the draws is known to be; `result` is finished but for this.
  [[nodiscard]] virtual Guarantee guarantee(const SampleResult& result) const = 0;
};

}  // namespace wend
