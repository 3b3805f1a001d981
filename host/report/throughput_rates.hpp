#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "wend/throughput.hpp"

// What the figures of a measurement come to, alike in its table, its JSON and its plot.
namespace wend {

/// 0 where nothing took any time.
inline double a_second(double count, double seconds) { return seconds > 0 ? count / seconds : 0; }
inline double a_second(std::uint64_t count, double seconds) {
  return a_second(static_cast<double>(count), seconds);
}

inline double mean_batch(const OracleUse& use) {
  return use.batches > 0 ? static_cast<double>(use.evaluations) / static_cast<double>(use.batches)
                         : 0;
}

/// Parts of the lockstep engine's time, and their names.
struct TimePart {
  std::string_view name;
  double RoundTimes::*seconds;
};
inline constexpr std::array kTimeParts = {
    TimePart{"oracle", &RoundTimes::oracle}, TimePart{"walk", &RoundTimes::walk},
    TimePart{"rows", &RoundTimes::rows},     TimePart{"memo", &RoundTimes::memo},
    TimePart{"gather", &RoundTimes::gather}, TimePart{"transfers", &RoundTimes::transfers},
    TimePart{"idle", &RoundTimes::idle}};

/// Of the total, from 0 to 1.
inline double share(const RoundTimes& times, const TimePart& part) {
  return times.total > 0 ? times.*part.seconds / times.total : 0;
}

}  // namespace wend
