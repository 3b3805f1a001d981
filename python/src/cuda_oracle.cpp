#include "python/src/cuda_oracle.hpp"

#include <cuda_runtime_api.h>
#include <fmt/format.h>
#include <nanobind/ndarray.h>

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "host/oracles/cuda_model.hpp"
#include "kernels/cuda/check.hpp"
#include "kernels/cuda/device_memory.hpp"
#include "python/src/batch.hpp"
#include "python/src/new_array.hpp"
#include "wend/error.hpp"

namespace wend::python {
namespace {

/// The nodes of a call, in device memory that holds until the next one. They are integers below
/// 2^31, so that libraries without unsigned ones take them too.
class DeviceBatch {
 public:
  DeviceBatch(const CudaOracleBatch& batch, cuda::Stream stream)
      : batch_(&batch), host_(batch.host), stream_(stream) {}

  [[nodiscard]] std::uint32_t size() const { return open().size; }
  [[nodiscard]] nb::object slot(nb::handle self) const {
    return array(open().slot, {open().size}, self);
  }
  [[nodiscard]] nb::object depth(nb::handle self) const {
    return array(open().depth, {open().size}, self);
  }
  [[nodiscard]] nb::object symbol(nb::handle self) const {
    return array(open().symbol, {open().size}, self);
  }
  [[nodiscard]] nb::object known(nb::handle self) const {
    return array(open().known, {open().size}, self);
  }
  [[nodiscard]] nb::object prefix(nb::handle self) const {
    return array(open().prefix, {open().size, open().prefix_stride}, self);
  }
  [[nodiscard]] Batch& host() { return host_; }
  [[nodiscard]] std::uintptr_t stream() const { return reinterpret_cast<std::uintptr_t>(stream_); }

  void close() {
    batch_ = nullptr;
    host_.close();
  }

 private:
  [[nodiscard]] const CudaOracleBatch& open() const {
    if (batch_ == nullptr)
      throw Error(ErrorKind::kUsage, "a batch is gone when the call has ended: copy its arrays");
    return *batch_;
  }
  [[nodiscard]] static nb::object array(const std::uint32_t* values,
                                        const std::vector<std::size_t>& shape, nb::handle owner) {
    int device = 0;
    kernels::cuda_check(cudaGetDevice(&device), "asking for the device");
    return nb::cast(nb::ndarray<nb::array_api, std::int32_t, nb::device::cuda>(
        const_cast<std::uint32_t*>(values), shape.size(), shape.data(), owner, nullptr,
        nb::dtype<std::int32_t>(), nb::device::cuda::value, device));
  }

  const CudaOracleBatch* batch_;  // null after the call
  Batch host_;
  cuda::Stream stream_;
};

/// A property whose arrays keep the batch.
template <auto kArray>
auto arrays() {
  return [](nb::handle self) { return (nb::cast<const DeviceBatch&>(self).*kArray)(self); };
}

class DeviceOracle final : public CudaBatchOracle {
 public:
  DeviceOracle(Callback expand, OracleTraits traits)
      : expand_(std::move(expand)), traits_(std::move(traits)) {}
  DeviceOracle(const DeviceOracle&) = delete;
  DeviceOracle& operator=(const DeviceOracle&) = delete;
  ~DeviceOracle() override {
    const nb::gil_scoped_acquire acquired;
    rows_.reset();
  }

  [[nodiscard]] const OracleTraits& traits() const override { return traits_; }

  void expand(const CudaOracleBatch& nodes, float* log_ratio, cuda::Stream stream) override {
    // Whatever stream the function works on, the batch is there, and the last rows are copied.
    kernels::cuda_check(cudaStreamSynchronize(stream), "waiting for a batch");
    expand_(DeviceBatch(nodes, stream),
            [&](const nb::object& answer) { take(answer, nodes.size, log_ratio, stream); });
  }

 private:
  /// Puts the copy of the rows on `stream`, and keeps them until it is done.
  void take(const nb::object& answer, std::uint32_t size, float* log_ratio, cuda::Stream stream) {
    constexpr int kCuda = 2;  // DLPack's numbers of devices
    constexpr int kCudaManaged = 13;
    if (!nb::hasattr(answer, "__dlpack_device__"))
      throw Error(ErrorKind::kRuntime, "log ratios: must be an array with DLPack");
    const int device = nb::cast<int>(answer.attr("__dlpack_device__")()[0]);
    if (device != kCuda && device != kCudaManaged)
      throw Error(ErrorKind::kRuntime, "log ratios: must be in the GPU's memory");
    // Its maker sees to it that `stream` finds the rows written.
    const nb::object capsule =
        answer.attr("__dlpack__")(nb::arg("stream") = reinterpret_cast<std::intptr_t>(stream));
    nb::ndarray<nb::ro, float, nb::ndim<2>, nb::c_contig> rows;
    if (!nb::try_cast(capsule, rows))
      throw Error(ErrorKind::kRuntime, "log ratios: must be float32 in C order, of two dimensions");
    if (rows.shape(0) != size || rows.shape(1) != traits_.alphabet)
      throw Error(ErrorKind::kRuntime,
                  fmt::format("log ratios: must have shape ({}, {}), not ({}, {})", size,
                              traits_.alphabet, rows.shape(0), rows.shape(1)));
    kernels::cuda_check(cudaMemcpyAsync(log_ratio, rows.data(),
                                        std::uint64_t{size} * traits_.alphabet * sizeof(float),
                                        cudaMemcpyDeviceToDevice, stream),
                        "copying rows");
    rows_ = answer;
  }

  Callback expand_;
  OracleTraits traits_;
  nb::object rows_;  // with the GIL alone
};

/// An array that this module has made, and the stream that its memory comes from.
struct OwnArray {
  explicit OwnArray(std::uint64_t size) : numbers(size, "an array", stream.get()) {}
  kernels::Stream stream;
  kernels::DeviceArray<float> numbers;
};

/// A copy of an array in the device's memory.
nb::object to_device(
    const nb::ndarray<nb::ro, float, nb::ndim<2>, nb::c_contig, nb::device::cpu>& array) {
  const std::vector<std::size_t> shape{array.shape(0), array.shape(1)};
  auto made = std::make_unique<OwnArray>(array.size());
  made->numbers.upload(array.data(), made->stream.get());
  kernels::cuda_check(cudaStreamSynchronize(made->stream.get()), "copying to the GPU");
  float* numbers = made->numbers.data();
  const nb::capsule owner(made.release(),
                          [](void* owned) noexcept { delete static_cast<OwnArray*>(owned); });
  return nb::cast(nb::ndarray<nb::array_api, float, nb::device::cuda>(numbers, shape.size(),
                                                                      shape.data(), owner));
}

/// A copy of an array of int32 in the device's memory as a NumPy array.
nb::object to_host(const nb::ndarray<nb::ro, std::int32_t, nb::c_contig, nb::device::cuda>& array) {
  std::vector<std::size_t> shape;
  for (std::size_t i = 0; i < array.ndim(); ++i) shape.push_back(array.shape(i));
  NewArray<std::int32_t> copy(shape);
  const kernels::Stream stream;
  kernels::cuda_check(
      cudaMemcpyAsync(copy.data(), array.data(), array.size() * sizeof(std::int32_t),
                      cudaMemcpyDeviceToHost, stream.get()),
      "copying from the GPU");
  kernels::cuda_check(cudaStreamSynchronize(stream.get()), "copying from the GPU");
  return copy.give();
}

}  // namespace

std::shared_ptr<CudaBatchOracle> make_device_oracle(Callback expand, OracleTraits traits) {
  return std::make_shared<DeviceOracle>(std::move(expand), std::move(traits));
}

std::shared_ptr<BatchOracle> ask_device_from_host(std::shared_ptr<CudaBatchOracle> oracle) {
  return ask_from_host(std::move(oracle));
}

void bind_device_batch(nb::module_& module) {
  // For tests, which need no other library then.
  module.def("_to_device", &to_device);
  module.def("_to_host", &to_host);
  nb::class_<DeviceBatch>(module, "DeviceBatch",
                          "The nodes of one call of an oracle on a GPU: arrays of int32 in its "
                          "memory, by DLPack, that hold during the call.")
      .def("__len__", &DeviceBatch::size)
      .def_prop_ro("size", &DeviceBatch::size, "int: number of nodes, n.")
      .def_prop_ro("slot", arrays<&DeviceBatch::slot>(), "(n,): as of Batch.")
      .def_prop_ro("depth", arrays<&DeviceBatch::depth>(), "(n,): as of Batch.")
      .def_prop_ro("symbol", arrays<&DeviceBatch::symbol>(), "(n,): as of Batch.")
      .def_prop_ro("known", arrays<&DeviceBatch::known>(), "(n,): as of Batch.")
      .def_prop_ro("prefix", arrays<&DeviceBatch::prefix>(),
                   "(n, H): the prefixes, with zeros behind their ends.")
      .def_prop_ro("host", &DeviceBatch::host, nb::rv_policy::reference_internal,
                   "Batch: the same nodes as NumPy arrays.")
      .def_prop_ro("stream", &DeviceBatch::stream,
                   "int: the CUDA stream on which wend reads the answer.");
}

}  // namespace wend::python
