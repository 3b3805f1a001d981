#pragma once

#include <optional>

#include "host/adapt/scout_walk.hpp"
#include "host/instances/instance.hpp"
#include "host/run/pilot.hpp"
#include "host/run/settings.hpp"
#include "wend/sample.hpp"

namespace wend {

/// Leaf visits that draws would take in a run by some estimate.
struct VisitsExpected {
  double effective;  ///< that an effective sample is worth; infinite: no K
  double first;      ///< before a chain's first draw: K
  double gap;        ///< from draw to draw: K, or `thin`
  double pilot;      ///< and of the pilot run that K would take, over the draws
  bool seen_only;    ///< no bound of use is known, so that K would rest on what was seen alone
};

/// What a run of an instance would need, as far as scouts' tours tell.
class VisitsForecast {
 public:
  /// All of these must outlive it.
  VisitsForecast(const Instance& untrained, const SampleOptions& options,
                 const RunSettings& settings);

  /// Under the estimate of `made`, null being the untrained one. A sweep over tables, if there are
  /// any, where it is quick or tells all that there is to go by.
  VisitsExpected of(const Instance* made, const WalkFindings& found);

 private:
  struct Measured {
    double visits;      ///< K
    double waited_for;  ///< the K by which the pilot run ends
    bool seen_only;
  };
  [[nodiscard]] Measured measured(double relaxation, double proven, const WalkFindings& found,
                                  bool lockstep) const;
  [[nodiscard]] VisitsExpected drawing(double first, const WalkFindings& found) const;
  [[nodiscard]] VisitsExpected dependent(double first, const WalkFindings& found) const;
  /// A sweep, over tables: once.
  const WalkBounds& untrained_bounds();

  const Instance& untrained_;
  const SampleOptions& options_;
  const RunSettings& settings_;
  RunLength run_;
  std::optional<WalkBounds> untrained_bounds_;
};

}  // namespace wend
