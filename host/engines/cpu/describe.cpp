#include "host/engines/cpu/describe.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <thread>

namespace wend {

unsigned resolve_threads(unsigned threads) {
  return threads != 0 ? threads : std::max(1U, std::thread::hardware_concurrency());
}

Device describe_cpu(unsigned threads, Simd simd) {
  return {Backend::kCpu, fmt::format("cpu, {} {}, {}", threads, threads == 1 ? "thread" : "threads",
                                     to_string(simd))};
}

}  // namespace wend
