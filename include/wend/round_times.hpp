#pragma once

namespace wend {

/// Where the time of the lockstep engine's rounds went, in seconds of the clock. What several
/// threads did at once, each in a context of the oracle's, counts by the share of the threads that
/// did it, so that the parts sum to `total` but for a little between them.
struct RoundTimes {
  double oracle = 0;     ///< in its calls
  double walk = 0;       ///< chains on rows that they have
  double rows = 0;       ///< making rows of the answers
  double memo = 0;       ///< looking nodes up, asking for each once, keeping and sharing rows
  double gather = 0;     ///< lists of the chains that wait, and batches of them
  double transfers = 0;  ///< copies to a device; on the CPU there are none
  double idle = 0;       ///< threads without a call of their own while others had one, or not begun
  double total = 0;      ///< of all rounds, from beginning to end
};

}  // namespace wend
