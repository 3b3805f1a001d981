// Streams, events and graphs. Work is done by the thread that waits for it.
#include "tests/support/cuda_emulation/streams.hpp"

#include <cstring>
#include <deque>
#include <memory>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include "tests/support/cuda_emulation/device.hpp"
#include "tests/support/cuda_emulation/grid.hpp"
#include "tests/support/cuda_emulation/launch.hpp"
#include "tests/support/cuda_emulation/memory.hpp"

using Work = std::function<void()>;

/// Launches in a graph are checked again when it is made executable.
struct GraphNode {
  Work work;
  std::function<cudaError_t()> check;
};

struct CUgraph_st {
  std::vector<GraphNode> nodes;
};

struct CUgraphExec_st {
  std::vector<Work> nodes;
};

struct CUstream_st {
  std::deque<Work> waiting;
  std::unique_ptr<CUgraph_st> capture;
  bool capture_broken = false;
};

struct CUevent_st {
  cudaStream_t stream = nullptr;
  std::uint64_t recorded = 0;
  std::uint64_t reached = 0;
};

namespace cuda_emulation {
namespace {

struct Device {
  CUstream_st legacy;
  std::set<cudaStream_t> streams{&legacy};
  std::set<cudaEvent_t> events;
  std::set<cudaGraph_t> graphs;
  std::set<cudaGraphExec_t> executables;
  Order order = Order::kRandom;
  std::mt19937_64 random{1};
  std::uint64_t launches = 0;
};

Device& device() {
  static Device all;
  return all;
}

cudaStream_t known(cudaStream_t stream) {
  return stream == nullptr || stream == cudaStreamLegacy ? &device().legacy : stream;
}

cudaError_t add(cudaStream_t named, Work work, std::function<cudaError_t()> check) {
  if (!is_stream(named)) return noted(cudaErrorInvalidResourceHandle);
  CUstream_st& stream = *known(named);
  if (stream.capture) {
    stream.capture->nodes.push_back({std::move(work), std::move(check)});
  } else {
    stream.waiting.push_back(std::move(work));
  }
  return cudaSuccess;
}

void do_next(CUstream_st& stream) {
  const Work work = std::move(stream.waiting.front());
  stream.waiting.pop_front();
  const DeviceAccess access;
  work();
}

/// An error for calls that must not be made while a stream is captured; breaks the capture.
std::optional<cudaError_t> forbidden_in_capture(cudaStream_t named) {
  CUstream_st& stream = *known(named);
  if (!stream.capture) return std::nullopt;
  stream.capture_broken = true;
  return noted(cudaErrorStreamCaptureUnsupported);
}

bool any_capture() {
  for (const cudaStream_t stream : device().streams)
    if (stream->capture) return true;
  return false;
}

}  // namespace

bool is_stream(cudaStream_t stream) { return device().streams.contains(known(stream)); }
bool is_capturing(cudaStream_t stream) { return known(stream)->capture != nullptr; }

cudaError_t enqueue(cudaStream_t stream, Work work) {
  return add(stream, std::move(work), [] { return cudaSuccess; });
}

void drain(cudaStream_t stream) {
  while (!known(stream)->waiting.empty()) do_next(*known(stream));
}

void wait_for_all() {
  for (;;) {
    std::vector<cudaStream_t> busy;
    for (const cudaStream_t stream : device().streams)
      if (!stream->waiting.empty()) busy.push_back(stream);
    if (busy.empty()) return;
    do_next(*busy[device().random() % busy.size()]);
  }
}

cudaError_t launch(const cudaLaunchConfig_t& config, const void* kernel, Work thread) {
  const std::scoped_lock lock(device_mutex());
  if (const auto wanted = failing("cudaLaunchKernelEx")) return *wanted;
  if (const cudaError_t error = check_launch(config, kernel); error != cudaSuccess)
    return noted(error);
  return add(
      config.stream,
      [config, thread = std::move(thread)] {
        ++device().launches;
        run_grid(config.gridDim, config.blockDim, config.dynamicSmemBytes, thread, device().order,
                 device().random());
      },
      [config, kernel] { return check_launch(config, kernel); });
}

void set_order(Order order, std::uint64_t seed) {
  const std::scoped_lock lock(device_mutex());
  device().order = order;
  device().random.seed(seed);
}

std::uint64_t pending_operations() {
  const std::scoped_lock lock(device_mutex());
  std::uint64_t count = 0;
  for (const cudaStream_t stream : device().streams) count += stream->waiting.size();
  return count;
}

std::uint64_t launches() {
  const std::scoped_lock lock(device_mutex());
  return device().launches;
}

}  // namespace cuda_emulation

using namespace cuda_emulation;  // NOLINT(google-build-using-namespace)

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned flags) {
  CUDA_EMULATION_CALL;
  // Streams that wait for the legacy stream are not emulated.
  if (flags != cudaStreamNonBlocking) return noted(cudaErrorInvalidValue);
  *stream = new CUstream_st;
  device().streams.insert(*stream);
  return cudaSuccess;
}

cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  CUDA_EMULATION_CALL;
  if (known(stream) == &device().legacy || !is_stream(stream))
    return noted(cudaErrorInvalidResourceHandle);
  drain(stream);
  device().streams.erase(stream);
  delete stream;
  return cudaSuccess;
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  CUDA_EMULATION_CALL;
  if (!is_stream(stream)) return noted(cudaErrorInvalidResourceHandle);
  if (const auto error = forbidden_in_capture(stream)) return *error;
  drain(stream);
  return cudaSuccess;
}

cudaError_t cudaStreamQuery(cudaStream_t stream) {
  CUDA_EMULATION_CALL;
  if (!is_stream(stream)) return noted(cudaErrorInvalidResourceHandle);
  if (const auto error = forbidden_in_capture(stream)) return *error;
  return noted(known(stream)->waiting.empty() ? cudaSuccess : cudaErrorNotReady);
}

cudaError_t cudaDeviceSynchronize() {
  CUDA_EMULATION_CALL;
  if (any_capture()) {
    for (const cudaStream_t stream : device().streams)
      stream->capture_broken = stream->capture_broken || stream->capture;
    return noted(cudaErrorStreamCaptureUnsupported);
  }
  wait_for_all();
  return cudaSuccess;
}

cudaError_t cudaLaunchHostFunc(cudaStream_t stream, cudaHostFn_t function, void* data) {
  CUDA_EMULATION_CALL;
  return enqueue(stream, [function, data] { function(data); });
}

cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind,
                            cudaStream_t stream) {
  CUDA_EMULATION_CALL;
  if (!is_stream(stream)) return noted(cudaErrorInvalidResourceHandle);
  if (bytes == 0) return cudaSuccess;
  const bool up = kind == cudaMemcpyHostToDevice;
  const void* host = up ? from : to;
  if (!is_device_range(up ? to : from, bytes)) return noted(cudaErrorInvalidValue);
  if (touches_device(host, bytes)) return noted(cudaErrorInvalidMemcpyDirection);
  const bool later = is_pinned(host, bytes) || is_capturing(stream);
  if (later) return enqueue(stream, [to, from, bytes] { std::memcpy(to, from, bytes); });
  // Other memory of the host is copied before the call returns: here to the side, there in truth.
  if (up) {
    const auto* begin = static_cast<const std::byte*>(from);
    return enqueue(stream, [to, copy = std::vector<std::byte>(begin, begin + bytes)] {
      std::memcpy(to, copy.data(), copy.size());
    });
  }
  drain(stream);
  const DeviceAccess access;
  std::memcpy(to, from, bytes);
  return cudaSuccess;
}

cudaError_t cudaMemsetAsync(void* memory, int value, std::size_t bytes, cudaStream_t stream) {
  CUDA_EMULATION_CALL;
  if (!is_device_range(memory, bytes)) return noted(cudaErrorInvalidValue);
  return enqueue(stream, [memory, value, bytes] { std::memset(memory, value, bytes); });
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned /*flags*/) {
  CUDA_EMULATION_CALL;
  *event = new CUevent_st;
  device().events.insert(*event);
  return cudaSuccess;
}

cudaError_t cudaEventDestroy(cudaEvent_t event) {
  CUDA_EMULATION_CALL;
  if (device().events.erase(event) == 0) return noted(cudaErrorInvalidResourceHandle);
  // Records of it may wait in a stream yet.
  if (event->stream != nullptr && is_stream(event->stream)) drain(event->stream);
  delete event;
  return cudaSuccess;
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  CUDA_EMULATION_CALL;
  if (!device().events.contains(event) || !is_stream(stream))
    return noted(cudaErrorInvalidResourceHandle);
  event->stream = known(stream);
  const std::uint64_t number = ++event->recorded;
  return enqueue(stream, [event, number] { event->reached = number; });
}

cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  CUDA_EMULATION_CALL;
  if (!device().events.contains(event)) return noted(cudaErrorInvalidResourceHandle);
  if (event->stream != nullptr && event->stream->capture)
    return noted(cudaErrorStreamCaptureUnsupported);
  while (event->reached < event->recorded) do_next(*event->stream);
  return cudaSuccess;
}

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode /*mode*/) {
  CUDA_EMULATION_CALL;
  if (!is_stream(stream) || known(stream) == &device().legacy || stream->capture)
    return noted(cudaErrorInvalidValue);
  stream->capture = std::make_unique<CUgraph_st>();
  stream->capture_broken = false;
  return cudaSuccess;
}

cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
  CUDA_EMULATION_CALL;
  if (!is_stream(stream) || !known(stream)->capture) return noted(cudaErrorInvalidValue);
  *graph = nullptr;
  const std::unique_ptr<CUgraph_st> captured = std::move(stream->capture);
  if (stream->capture_broken) return noted(cudaErrorStreamCaptureInvalidated);
  *graph = new CUgraph_st(*captured);
  device().graphs.insert(*graph);
  return cudaSuccess;
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t* executable, cudaGraph_t graph,
                                 unsigned long long /*flags*/) {
  CUDA_EMULATION_CALL;
  if (!device().graphs.contains(graph)) return noted(cudaErrorInvalidValue);
  auto made = std::make_unique<CUgraphExec_st>();
  for (const GraphNode& node : graph->nodes) {
    if (const cudaError_t error = node.check(); error != cudaSuccess) return noted(error);
    made->nodes.push_back(node.work);
  }
  *executable = made.release();
  device().executables.insert(*executable);
  return cudaSuccess;
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t executable, cudaStream_t stream) {
  CUDA_EMULATION_CALL;
  if (!device().executables.contains(executable)) return noted(cudaErrorInvalidValue);
  for (const Work& work : executable->nodes)
    if (const cudaError_t error = enqueue(stream, work); error != cudaSuccess) return error;
  return cudaSuccess;
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t executable) {
  CUDA_EMULATION_CALL;
  if (device().executables.erase(executable) == 0) return noted(cudaErrorInvalidValue);
  delete executable;  // launches have copies of the work
  return cudaSuccess;
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  CUDA_EMULATION_CALL;
  if (device().graphs.erase(graph) == 0) return noted(cudaErrorInvalidValue);
  delete graph;
  return cudaSuccess;
}
