#pragma once

#include "kernels/views/knapsack.hpp"
#include "kernels/views/state.hpp"
#include "kernels/views/tree.hpp"

namespace wend::kernels {

/// Threads a block, and blocks that an SM must have room for: as many as leave a thread the
/// registers that its kernel needs without spilling (docs/cuda.md lists them). Blocks are small
/// because a block holds its place until its slowest chain is done, and so that a few thousand
/// chains reach every SM.
template <class View>
struct LaunchBounds;

template <class Rows>
struct LaunchBounds<TreeView<Rows>> {
  static constexpr unsigned kThreads = 64;
  static constexpr unsigned kBlocks = Rows::kAlphabet == 2 ? 24 : (Rows::kAlphabet == 0 ? 14 : 20);
};

template <class Rows>
struct LaunchBounds<StateView<Rows>> {
  static constexpr unsigned kThreads = 64;
  static constexpr unsigned kBlocks = 18;
};

template <>
struct LaunchBounds<KnapsackView> {
  static constexpr unsigned kThreads = 64;
  static constexpr unsigned kBlocks = 12;
};

}  // namespace wend::kernels
