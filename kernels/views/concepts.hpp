#pragma once

#include <concepts>
#include <cstdint>
#include <type_traits>

#include "kernels/walk/concepts.hpp"

namespace wend::kernels {

/// A view whose laws lie in tables, which wide lanes and GPUs can therefore read: what the list
/// holds.
template <class View>
concept SomeTableView = SomeView<View> && SomeRows<decltype(View::rows)> &&
    // A kernel is given its view by value, and a CPU's thread works on a copy.
    std::is_trivially_copyable_v<View> && requires(const View& view) {
  // The decoder writes so many symbols a record.
  { view.horizon } -> std::convertible_to<std::uint32_t>;
};

}  // namespace wend::kernels
