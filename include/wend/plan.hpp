#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "wend/adaptation.hpp"
#include "wend/choice.hpp"
#include "wend/sample.hpp"

namespace wend {

/// What a run would come to, by every algorithm that fits it.
struct Plan {
  Choice choice;  ///< its best() is what is recommended
  /// What training would bring a walk (SampleOptions::adapt = kAuto), and what its scouts took;
  /// none where it does not go with the options, or of a class.
  std::optional<Adaptation> adaptation;
  std::uint32_t batch = 0;  ///< nodes of a call of an oracle that is asked, at most; else 0
  bool partial = false;     ///< stopped by `stop`
  double seconds = 0;       ///< that the pilots and the timing took
};

/// Pilots of every algorithm that fits `options`, whose own is kAuto: those that sample() would
/// choose by, and some tens of tours of the others. `budget`: queries of all pilots, at most, to
/// be used up as far as doubling them allows; by default they end once the cheapest is clear, or
/// have taken a tenth of what the run would. Then each is timed for a twentieth of a second
/// (Candidate::seconds; of an oracle that is asked its pilot is all there is). Scouts of training
/// take an eighth of the budget more, or of what the run would. But for times a
/// function of instance, options, budget and seed. Throws Error as sample() does.
Plan plan(const Instance& instance, const SampleOptions& options,
          std::optional<std::uint64_t> budget, const std::atomic<bool>& stop,
          const Waiting& waiting = {});

}  // namespace wend
