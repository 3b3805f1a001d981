// Uses every public header and links the library; exits 0 if the library answers rightly.
#include <cstdio>
#include <wend/algorithm.hpp>
#include <wend/bounds.hpp>
#include <wend/chain_state.hpp>
#include <wend/counters.hpp>
#include <wend/diagnostics.hpp>
#include <wend/error.hpp>
#include <wend/sample.hpp>

int main() {
  // K = 1 + ceil(2 * 2 * 10 * (ln(20)/2 + ln(50))) = 1 + ceil(216.395).
  const auto visits = wend::proven_visits(2.0, 10, 0.01);
  if (visits != 218) {
    std::fprintf(stderr, "proven_visits(2, 10, 0.01) is %u, not 218\n", visits);
    return 1;
  }
  try {
    wend::proven_visits(1e9, 4000000000U, 0.01);
  } catch (const wend::Error& error) {
    std::printf("refused as it should be: %s\n", error.what());
    return error.kind() == wend::ErrorKind::kUsage ? 0 : 1;
  }
  std::fputs("a K beyond 32 bits was not refused\n", stderr);
  return 1;
}
