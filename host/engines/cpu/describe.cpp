#include "host/engines/cpu/describe.hpp"

#include <fmt/core.h>

namespace wend {

Device describe_cpu(unsigned threads, Simd simd) {
  return {Backend::kCpu, fmt::format("cpu, {} {}, {}", threads, threads == 1 ? "thread" : "threads",
                                     to_string(simd))};
}

}  // namespace wend
