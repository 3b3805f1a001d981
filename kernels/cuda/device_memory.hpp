#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>
#include <string>
#include <utility>

#include "kernels/cuda/check.hpp"

namespace wend::kernels {

/// Device memory of `size` elements, allocated and freed in the order of one stream, which must
/// outlive it; movable, not copyable. Nothing here waits for the device.
template <class T>
class DeviceArray {
 public:
  DeviceArray() = default;
  /// Throws Error(kRuntime) that says `what` the memory is for.
  DeviceArray(std::uint64_t size, const char* what, cudaStream_t stream)
      : size_(size), stream_(stream) {
    if (size == 0) return;
    void* memory = nullptr;
    const bool overflows = size > UINT64_MAX / sizeof(T);
    const cudaError_t error =
        overflows ? cudaErrorMemoryAllocation : cudaMallocAsync(&memory, size * sizeof(T), stream);
    if (error == cudaErrorMemoryAllocation) {
      static_cast<void>(cudaGetLastError());
      throw Error(ErrorKind::kRuntime, "the GPU has no room for " + std::to_string(size) + " x " +
                                           std::to_string(sizeof(T)) + " bytes of " + what);
    }
    cuda_check(error, what);
    data_ = static_cast<T*>(memory);
  }
  DeviceArray(DeviceArray&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        stream_(other.stream_) {}
  DeviceArray& operator=(DeviceArray&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(stream_, other.stream_);
    return *this;
  }
  DeviceArray(const DeviceArray&) = delete;
  DeviceArray& operator=(const DeviceArray&) = delete;
  ~DeviceArray() {
    if (data_ != nullptr) static_cast<void>(cudaFreeAsync(data_, stream_));
  }

  [[nodiscard]] T* data() const { return data_; }
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] std::uint64_t bytes() const { return size_ * sizeof(T); }

  /// Copies all elements from or to host memory, on `stream`. Returns at once where that memory is
  /// page-locked.
  void upload(const T* host, cudaStream_t stream) const {
    if (size_ == 0) return;
    cuda_check(cudaMemcpyAsync(data_, host, bytes(), cudaMemcpyHostToDevice, stream),
               "copying to the GPU");
  }
  void download(T* host, cudaStream_t stream) const {
    if (size_ == 0) return;
    cuda_check(cudaMemcpyAsync(host, data_, bytes(), cudaMemcpyDeviceToHost, stream),
               "copying from the GPU");
  }

 private:
  T* data_ = nullptr;
  std::uint64_t size_ = 0;
  cudaStream_t stream_ = nullptr;
};

/// Page-locked host memory, for copies that run beside the host.
template <class T>
class PinnedArray {
 public:
  explicit PinnedArray(std::uint64_t size) : size_(size) {
    if (size == 0) return;
    void* memory = nullptr;
    cuda_check(cudaMallocHost(&memory, size * sizeof(T)), "allocating page-locked memory");
    data_ = static_cast<T*>(memory);
  }
  PinnedArray(PinnedArray&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  PinnedArray& operator=(PinnedArray&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  PinnedArray(const PinnedArray&) = delete;
  PinnedArray& operator=(const PinnedArray&) = delete;
  ~PinnedArray() {
    if (data_ != nullptr) static_cast<void>(cudaFreeHost(data_));
  }

  [[nodiscard]] T* data() const { return data_; }
  [[nodiscard]] std::uint64_t size() const { return size_; }

 private:
  T* data_ = nullptr;
  std::uint64_t size_ = 0;
};

/// A stream that does not wait for the legacy default stream.
class Stream {
 public:
  Stream() {
    cuda_check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "creating a stream");
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() { static_cast<void>(cudaStreamDestroy(stream_)); }

  [[nodiscard]] cudaStream_t get() const { return stream_; }

 private:
  cudaStream_t stream_ = nullptr;
};

/// An event that the host can wait for asleep.
class Event {
 public:
  Event() {
    cuda_check(cudaEventCreateWithFlags(&event_, cudaEventDisableTiming | cudaEventBlockingSync),
               "creating an event");
  }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() { static_cast<void>(cudaEventDestroy(event_)); }

  void record(cudaStream_t stream) const {
    cuda_check(cudaEventRecord(event_, stream), "recording an event");
  }
  void wait(const char* what) const { cuda_check(cudaEventSynchronize(event_), what); }

 private:
  cudaEvent_t event_ = nullptr;
};

}  // namespace wend::kernels
