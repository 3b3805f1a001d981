// Uses every public header and draws from a small tree, on a GPU too where there is one; exits 0 if
// the draws are right.
#include <wend/c.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <wend/algorithm.hpp>
#include <wend/automaton.hpp>
#include <wend/bounds.hpp>
#include <wend/chain_state.hpp>
#include <wend/counters.hpp>
#include <wend/cuda.hpp>
#include <wend/diagnostics.hpp>
#include <wend/error.hpp>
#include <wend/estimate.hpp>
#include <wend/instance.hpp>
#include <wend/means.hpp>
#include <wend/oracle.hpp>
#include <wend/potential.hpp>
#include <wend/sample.hpp>

namespace {

/// Counts the draws of each leaf of a binary tree of depth 2.
class LeafCounts : public wend::SampleSink {
 public:
  void put(const wend::SampleRows& rows) override {
    for (std::uint64_t i = 0; i < rows.count; ++i) {
      counts.at(2U * rows.symbols[2 * i] + rows.symbols[2 * i + 1])++;
    }
  }
  std::array<std::atomic<int>, 4> counts{};
};

/// Draws from a small tree; false if one of the leaves has not the number that it should have.
bool draws_are_right(wend::Backend backend) {
  const auto tree = wend::make_tree(2, 2, {1, 0, 2, 5}, wend::EstimateSpec{});
  wend::SampleOptions options;
  options.samples = 8000;
  options.backend = backend;
  LeafCounts leaves;
  const std::atomic<bool> stop = false;
  const wend::SampleResult result = wend::sample(*tree, options, &leaves, stop);
  // 1000, 0, 2000 and 5000 are expected; the seed is fixed, and 200 is over 4 standard deviations.
  const auto near = [&](std::size_t leaf, int expected) {
    const int count = leaves.counts.at(leaf);
    std::printf("leaf %zu: %d draws, %d expected\n", leaf, count, expected);
    return count > expected - 200 && count < expected + 200;
  };
  return result.drawn == 8000 && leaves.counts.at(1) == 0 && near(0, 1000) && near(2, 2000) &&
         near(3, 5000);
}

/// CUDA's part of the library, which the package links; without a device it says so.
bool draws_on_a_gpu() {
  try {
    return draws_are_right(wend::Backend::kCuda);
  } catch (const wend::Error& error) {
    std::printf("no GPU: %s\n", error.what());
#ifdef HAS_DEVICE
    return false;
#else
    return error.kind() == wend::ErrorKind::kUsage;
#endif
  }
}

bool refuses_what_it_should() {
  try {
    wend::proven_visits(1e10, 0.01);
  } catch (const wend::Error& error) {
    std::printf("refused as it should be: %s\n", error.what());
    return error.kind() == wend::ErrorKind::kUsage;
  }
  return false;
}

/// A constraint, whose automaton the library may need another one for.
bool constrains() {
  try {
    const auto potential =
        wend::make_automaton_potential(wend::regular_expression("(ab)*"), {2, 4, {}, {"a", "b"}});
    return potential->traits().never_rises;
  } catch (const wend::Error& error) {
    std::printf("%s\n", error.what());
    return std::strstr(error.what(), "built without libfa") != nullptr;
  }
}

}  // namespace

int main() {
  return draws_are_right(wend::Backend::kCpu) && draws_on_a_gpu() && refuses_what_it_should() &&
                 constrains()
             ? 0
             : 1;
}
