#include "wend/baseline.hpp"

#include "host/baselines/run.hpp"
#include "host/baselines/target.hpp"

namespace wend {

BaselineResult sample_baseline(const Instance& instance, const BaselineOptions& options,
                               SampleSink* sink, const std::atomic<bool>& stop,
                               const Progress& progress) {
  return run_baseline(target_of(instance, options), options, sink, stop, progress);
}

}  // namespace wend
