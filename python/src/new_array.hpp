#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

namespace wend::python {

namespace nb = nanobind;

/// A NumPy array that is being made, of elements that are written before it is given away.
template <class T>
class NewArray {
 public:
  explicit NewArray(std::vector<std::size_t> shape)
      : shape_(std::move(shape)),
        data_(new T[std::accumulate(shape_.begin(), shape_.end(), std::size_t{1},
                                    std::multiplies<>())]) {}

  [[nodiscard]] T* data() { return data_.get(); }
  [[nodiscard]] nb::object give() {
    T* data = data_.release();
    const nb::capsule owner(data, [](void* memory) noexcept { delete[] static_cast<T*>(memory); });
    return nb::cast(nb::ndarray<nb::numpy, T>(data, shape_.size(), shape_.data(), owner));
  }

 private:
  std::vector<std::size_t> shape_;
  std::unique_ptr<T[]> data_;  // NOLINT(*-avoid-c-arrays): not a vector, which would fill it
};

}  // namespace wend::python
