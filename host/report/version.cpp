#include "host/report/version.hpp"

#include <fmt/format.h>

#include "host/engines/engine.hpp"
#include "host/instances/tree/instance.hpp"

namespace wend {
namespace {

/// The engine itself is asked, so that this is what a run would use.
std::string cpu_vectors() {
  const auto tree = make_tree(2, 1, {1.0, 1.0}, EstimateSpec{});
  const Oracle oracle = tree->compile(kernels::Walk::kLifted, Correction::kReject);
  const std::string device =
      make_cpu_engine(oracle, kernels::Walk::kLifted, chains_at_root(oracle, 1, 1), 1)->device();
  return device.substr(device.rfind(' ') + 1);
}

std::string cuda_state() {
#if defined(WEND_HAVE_CUDA)
  return cuda_available() ? "built in" : "built in, but there is no device here";
#else
  return "not built in";
#endif
}

}  // namespace

std::string version() { return WEND_VERSION; }

std::string version_text() {
  return fmt::format("wend {}\ncpu   {}\ncuda  {}\n", version(), cpu_vectors(), cuda_state());
}

}  // namespace wend
