// Streams, events and graphs. Work is done by the thread that waits for it.
#include "tests/support/cuda_emulation/streams.hpp"

#include <algorithm>
#include <cstring>
#include <deque>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include "tests/support/cuda_emulation/device.hpp"
#include "tests/support/cuda_emulation/grid.hpp"
#include "tests/support/cuda_emulation/launch.hpp"
#include "tests/support/cuda_emulation/memory.hpp"

using Work = std::function<void()>;

struct Operation {
  Work work;
  bool of_host = false;
  std::function<cudaError_t()> check =
      {};  ///< of a launch: again when its graph is made executable
};

struct CUgraph_st {
  std::vector<Operation> nodes;
};

struct CUgraphExec_st {
  std::vector<Operation> nodes;
};

struct CUstream_st {
  std::deque<Operation> waiting;
  std::unique_ptr<CUgraph_st> capture;
  bool capture_broken = false;
  bool destroyed = false;
};

/// Records are numbered; the event has happened once the last one was reached.
struct CUevent_st {
  struct Progress {
    std::uint64_t recorded = 0;
    std::uint64_t reached = 0;
  };
  std::shared_ptr<Progress> progress = std::make_shared<Progress>();
  cudaStream_t stream = nullptr;
  bool captured = false;
};

namespace cuda_emulation {
namespace {

struct Device {
  CUstream_st legacy;
  // Streams that were destroyed stay, so that none gets the address of another, and until what
  // waits in them is done.
  std::vector<std::unique_ptr<CUstream_st>> made;
  std::set<cudaEvent_t> events;
  std::set<cudaGraph_t> graphs;
  std::set<cudaGraphExec_t> executables;
  Order order = Order::kRandom;
  std::mt19937_64 random{1};
  std::uint64_t launches = 0;
};

Device& device() {
  static Device& all =
      *new Device;  // never destroyed: what waits at the end of a process goes with it
  return all;
}

cudaStream_t known(cudaStream_t stream) {
  return stream == nullptr || stream == cudaStreamLegacy ? &device().legacy : stream;
}

template <class Visit>
void for_each_stream(const Visit& visit) {
  visit(device().legacy);
  for (const auto& stream : device().made) visit(*stream);
}

cudaError_t add(cudaStream_t named, Operation operation) {
  if (!is_stream(named)) return noted(cudaErrorInvalidResourceHandle);
  CUstream_st& stream = *known(named);
  if (stream.capture) {
    stream.capture->nodes.push_back(std::move(operation));
  } else {
    stream.waiting.push_back(std::move(operation));
  }
  return cudaSuccess;
}

void do_next(CUstream_st& stream) {
  const Operation next = std::move(stream.waiting.front());
  stream.waiting.pop_front();
  if (next.of_host) {
    const HostFunction inside;
    next.work();
  } else {
    const DeviceAccess access;
    next.work();
  }
}

std::vector<CUstream_st*> busy_streams() {
  std::vector<CUstream_st*> busy;
  for_each_stream([&](CUstream_st& stream) {
    if (!stream.waiting.empty()) busy.push_back(&stream);
  });
  return busy;
}

// Now and then a piece of another stream's work comes first, though nobody waits for it.
void run_ahead(const CUstream_st& awaited) {
  if (device().order != Order::kRandom || device().random() % 4 != 0) return;
  std::vector<CUstream_st*> busy = busy_streams();
  std::erase_if(busy, [&](const CUstream_st* stream) {
    return stream == &awaited || stream->waiting.front().of_host;
  });
  if (!busy.empty()) do_next(*busy[device().random() % busy.size()]);
}

/// An error for calls that must not be made while a stream is captured; breaks the capture.
std::optional<cudaError_t> forbidden_in_capture(cudaStream_t named) {
  CUstream_st& stream = *known(named);
  if (!stream.capture) return std::nullopt;
  stream.capture_broken = true;
  return noted(cudaErrorStreamCaptureUnsupported);
}

void require_device_range(const void* begin, std::size_t bytes) {
  if (!is_there(begin, bytes)) undefined("work on device memory that is free by then");
}

}  // namespace

bool is_stream(cudaStream_t stream) {
  bool found = false;
  for_each_stream([&](const CUstream_st& one) { found = found || &one == known(stream); });
  if (found && known(stream)->destroyed) undefined("a stream is used after it was destroyed");
  return found;
}

bool is_capturing(cudaStream_t stream) { return known(stream)->capture != nullptr; }

std::optional<cudaError_t> break_captures() {
  std::optional<cudaError_t> error;
  for_each_stream([&](CUstream_st& stream) {
    if (!stream.capture) return;
    stream.capture_broken = true;
    error = noted(cudaErrorStreamCaptureUnsupported);
  });
  return error;
}

cudaError_t enqueue(cudaStream_t stream, Work work) { return add(stream, {std::move(work)}); }

cudaError_t enqueue_host(cudaStream_t stream, Work work) {
  return add(stream, {std::move(work), true});
}

void drain(cudaStream_t stream) {
  CUstream_st& awaited = *known(stream);
  while (!awaited.waiting.empty()) {
    run_ahead(awaited);
    do_next(awaited);
  }
}

void wait_for_all() {
  for (;;) {
    const std::vector<CUstream_st*> busy = busy_streams();
    if (busy.empty()) return;
    do_next(*busy[device().random() % busy.size()]);
  }
}

void drop_streams() {
  device().legacy.waiting.clear();
  for (const auto& stream : device().made) {
    stream->waiting.clear();
    stream->capture.reset();
    stream->destroyed = true;
  }
}

cudaError_t launch(const cudaLaunchConfig_t& config, const void* kernel, Work thread) {
  const std::scoped_lock lock(device_mutex());
  if (const auto wanted = refusal("cudaLaunchKernelEx")) return *wanted;
  if (const cudaError_t error = check_launch(config, kernel); error != cudaSuccess)
    return noted(error);
  return add(config.stream, {[config, thread = std::move(thread)] {
                               ++device().launches;
                               run_grid(config.gridDim, config.blockDim, config.dynamicSmemBytes,
                                        thread, device().order, device().random());
                             },
                             false, [config, kernel] { return check_launch(config, kernel); }});
}

void set_order(Order order, std::uint64_t seed) {
  const std::scoped_lock lock(device_mutex());
  device().order = order;
  device().random.seed(seed);
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
  device().made.push_back(std::make_unique<CUstream_st>());
  *stream = device().made.back().get();
  return cudaSuccess;
}

cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  CUDA_EMULATION_CALL;
  if (known(stream) == &device().legacy || !is_stream(stream))
    return noted(cudaErrorInvalidResourceHandle);
  stream->destroyed = true;  // and what waits in it is done some time
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
  if (const auto error = break_captures()) return *error;
  wait_for_all();
  return cudaSuccess;
}

cudaError_t cudaLaunchHostFunc(cudaStream_t stream, cudaHostFn_t function, void* data) {
  CUDA_EMULATION_CALL;
  return enqueue_host(stream, [function, data] { function(data); });
}

cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind,
                            cudaStream_t stream) {
  CUDA_EMULATION_CALL;
  if (!is_stream(stream)) return noted(cudaErrorInvalidResourceHandle);
  if (bytes == 0) return cudaSuccess;
  if (kind == cudaMemcpyDeviceToDevice) {
    if (!is_device_range(to, bytes) || !is_device_range(from, bytes))
      return noted(cudaErrorInvalidValue);
    return enqueue(stream, [=] {
      require_device_range(to, bytes);
      require_device_range(from, bytes);
      std::memmove(to, from, bytes);
    });
  }
  const bool up = kind == cudaMemcpyHostToDevice;
  const void* host = up ? from : to;
  if (!is_device_range(up ? to : from, bytes)) return noted(cudaErrorInvalidValue);
  if (touches_device(host, bytes)) return noted(cudaErrorInvalidMemcpyDirection);
  const bool later = is_pinned(host, bytes) || is_capturing(stream);
  if (later) {
    return enqueue(stream, [=] {
      require_device_range(up ? to : from, bytes);
      std::memcpy(to, from, bytes);
    });
  }
  // Other memory of the host is copied before the call returns: here to the side, there in truth.
  if (up) {
    const auto* begin = static_cast<const std::byte*>(from);
    return enqueue(stream, [to, copy = std::vector<std::byte>(begin, begin + bytes)] {
      require_device_range(to, copy.size());
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
  return enqueue(stream, [memory, value, bytes] {
    require_device_range(memory, bytes);
    std::memset(memory, value, bytes);
  });
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
  delete event;  // records of it that wait in a stream have their own share of it
  return cudaSuccess;
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  CUDA_EMULATION_CALL;
  if (!device().events.contains(event) || !is_stream(stream))
    return noted(cudaErrorInvalidResourceHandle);
  event->captured = is_capturing(stream);
  if (event->captured) return enqueue(stream, [] {});
  event->stream = known(stream);
  return enqueue(stream, [progress = event->progress, number = ++event->progress->recorded] {
    progress->reached = std::max(progress->reached, number);
  });
}

cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  CUDA_EMULATION_CALL;
  if (!device().events.contains(event)) return noted(cudaErrorInvalidResourceHandle);
  if (event->captured) {
    break_captures();
    return noted(cudaErrorCapturedEvent);
  }
  const CUevent_st::Progress& progress = *event->progress;
  while (progress.reached < progress.recorded) {
    if (event->stream->waiting.empty()) undefined("an event whose stream is gone");
    run_ahead(*event->stream);
    if (progress.reached < progress.recorded) do_next(*event->stream);
  }
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
  for (const Operation& node : graph->nodes) {
    if (!node.check) continue;
    if (const cudaError_t error = node.check(); error != cudaSuccess) return noted(error);
  }
  made->nodes = graph->nodes;
  *executable = made.release();
  device().executables.insert(*executable);
  return cudaSuccess;
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t executable, cudaStream_t stream) {
  CUDA_EMULATION_CALL;
  if (!device().executables.contains(executable)) return noted(cudaErrorInvalidValue);
  for (const Operation& node : executable->nodes)
    if (const cudaError_t error = add(stream, node); error != cudaSuccess) return error;
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
