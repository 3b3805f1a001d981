#pragma once

#include "kernels/views/concepts.hpp"
#include "kernels/views/knapsack.hpp"
#include "kernels/views/state.hpp"
#include "kernels/views/tree.hpp"

// THE list of views: whatever has an instance for each of them (CPU lanes, the portable body, CUDA
// kernels and decoders, the variant of device views) is made from it. A macro, since an explicit
// instantiation can be had from nothing else; WEND_VIEWS(DO) is DO(View) for each of them.
#define WEND_TREE_VIEWS(DO)                         \
  DO(kernels::TreeView<kernels::CumulativeRows<2>>) \
  DO(kernels::TreeView<kernels::CumulativeRows<3>>) \
  DO(kernels::TreeView<kernels::CumulativeRows<4>>) \
  DO(kernels::TreeView<kernels::AliasRows>)

#define WEND_STATE_VIEWS(DO)                         \
  DO(kernels::StateView<kernels::CumulativeRows<2>>) \
  DO(kernels::StateView<kernels::CumulativeRows<3>>) \
  DO(kernels::StateView<kernels::CumulativeRows<4>>) \
  DO(kernels::StateView<kernels::AliasRows>)

#define WEND_KNAPSACK_VIEWS(DO) DO(kernels::KnapsackView)

#define WEND_VIEWS(DO) WEND_TREE_VIEWS(DO) WEND_STATE_VIEWS(DO) WEND_KNAPSACK_VIEWS(DO)

namespace wend::kernels {

/// The list as types. `Comma` is what stands before the list's first comma.
template <class Comma, class... Each>
struct ViewList {
  template <template <class...> class Holder>
  using In = Holder<Each...>;
};
#define WEND_COMMA_VIEW(VIEW) , VIEW
using Views = ViewList<void WEND_VIEWS(WEND_COMMA_VIEW)>;
#undef WEND_COMMA_VIEW

#define WEND_CHECK_VIEW(VIEW) static_assert(SomeTableView<VIEW>);
WEND_VIEWS(WEND_CHECK_VIEW)
#undef WEND_CHECK_VIEW

}  // namespace wend::kernels
